package chart

import (
	"image"
	"image/color"

	"github.com/golang/freetype/raster"
	"github.com/wcharczuk/go-chart/v2/drawing"
)

// levels is how finely a partly covered pixel is blended: eight steps cannot be
// told from 256 on an edge, and make a small palette and a small file.
const levels = 8

// canvas is a picture of at most 256 colours that are found while it is drawn:
// what a colour makes of the one below it is looked up per step of coverage,
// and computed the first time only. A span that is fully covered by an opaque
// colour is one fill of bytes.
//
// It paints for go-chart's rasteriser (drawing.Painter).
type canvas struct {
	img  *image.Paletted
	pal  [256]rgb
	used int
	clip image.Rectangle
	inks []*ink // of this picture
	free []*ink // of earlier pictures
	cur  *ink
}

type rgb struct{ r, g, b uint8 }

// ink is one colour and what it makes of each colour below it: the index of
// the result plus one, or 0 while unknown.
type ink struct {
	rgb
	alpha uint8
	mix   [levels + 1][256]uint16
}

// seed enters colours that must be there exactly, before others take the room.
func (c *canvas) seed(colors ...drawing.Color) {
	for _, s := range colors {
		c.index(rgb{s.R, s.G, s.B}, true)
	}
}

func newCanvas(width, height int) *canvas {
	return &canvas{img: image.NewPaletted(image.Rect(0, 0, width, height), nil)}
}

// reset forgets the colours. The pixels stay: the first thing that is painted
// is a background over all of them.
func (c *canvas) reset() {
	c.used, c.cur = 0, nil
	c.free = append(c.free, c.inks...)
	c.inks = c.inks[:0]
	c.clip = c.img.Rect
	clear(c.img.Pix)
}

// SetColor selects the colour of the spans that follow.
func (c *canvas) SetColor(col color.Color) {
	dc, ok := col.(drawing.Color)
	if !ok {
		n := color.NRGBAModel.Convert(col).(color.NRGBA)
		dc = drawing.Color{R: n.R, G: n.G, B: n.B, A: n.A}
	}
	want := rgb{dc.R, dc.G, dc.B}
	for _, k := range c.inks {
		if k.rgb == want && k.alpha == dc.A {
			c.cur = k
			return
		}
	}
	k := &ink{}
	if n := len(c.free); n > 0 {
		k, c.free = c.free[n-1], c.free[:n-1]
		*k = ink{}
	}
	k.rgb, k.alpha = want, dc.A
	c.inks = append(c.inks, k)
	c.cur = k
}

// Paint implements raster.Painter.
func (c *canvas) Paint(spans []raster.Span, _ bool) {
	if c.cur == nil || c.cur.alpha == 0 {
		return
	}
	for _, s := range spans {
		if s.Y < c.clip.Min.Y || s.Y >= c.clip.Max.Y {
			continue
		}
		x0, x1 := max(s.X0, c.clip.Min.X), min(s.X1, c.clip.Max.X)
		level := (s.Alpha*levels + 0x7fff) / 0xffff
		if x0 >= x1 || level == 0 {
			continue
		}
		base := (s.Y-c.img.Rect.Min.Y)*c.img.Stride - c.img.Rect.Min.X
		row := c.img.Pix[base+x0 : base+x1]
		if level == levels && c.cur.alpha == 255 {
			fill(row, c.over(0, levels))
			continue
		}
		mix := &c.cur.mix[level]
		for i, below := range row {
			m := mix[below]
			if m == 0 {
				m = uint16(c.over(below, level)) + 1
			}
			row[i] = uint8(m - 1)
		}
	}
}

// fill sets all of a row, which is not empty: twice as much with every copy.
func fill(row []uint8, v uint8) {
	row[0] = v
	for n := 1; n < len(row); n *= 2 {
		copy(row[n:], row[:n])
	}
}

// over returns the index of the current colour over the one at below, and
// remembers it.
func (c *canvas) over(below uint8, level uint32) uint8 {
	k := c.cur
	if m := k.mix[level][below]; m != 0 {
		return uint8(m - 1)
	}
	a := int(k.alpha) * int(level)
	const full = 255 * levels
	blend := func(under, over uint8) uint8 {
		return uint8((int(under)*(full-a) + int(over)*a + full/2) / full)
	}
	u := c.pal[below]
	i := c.index(rgb{blend(u.r, k.r), blend(u.g, k.g), blend(u.b, k.b)}, level == levels)
	k.mix[level][below] = uint16(i) + 1
	return i
}

// index returns the entry for a colour, a new one unless one is close enough.
// Flat areas (exact) get their very colour; edges share entries, the more so
// the fuller the palette is.
func (c *canvas) index(want rgb, exact bool) uint8 {
	near := 3 * 3 * 3
	switch {
	case exact:
		near = 0
	case c.used >= 208:
		near = 3 * 20 * 20
	case c.used >= 176:
		near = 3 * 12 * 12
	case c.used >= 128:
		near = 3 * 8 * 8
	case c.used >= 64:
		near = 3 * 5 * 5
	}
	best, dist := 0, 1<<30
	for i := range c.pal[:c.used] {
		if d := c.pal[i].distance(want); d < dist {
			best, dist = i, d
			if d == 0 {
				break
			}
		}
	}
	if dist <= near || c.used == len(c.pal) {
		return uint8(best)
	}
	c.pal[c.used] = want
	c.used++
	return uint8(c.used - 1)
}

func (a rgb) distance(b rgb) int {
	r, g, bl := int(a.r)-int(b.r), int(a.g)-int(b.g), int(a.b)-int(b.b)
	return r*r + g*g + bl*bl
}
