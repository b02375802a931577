package chart

import (
	"io"
	"math"
	"sync"

	"github.com/golang/freetype/truetype"
	gochart "github.com/wcharczuk/go-chart/v2"
	"github.com/wcharczuk/go-chart/v2/drawing"
)

// subpixel is how many of go-chart's whole-number coordinates make a pixel. The
// library believes the canvas to be that much larger, which gives lines and
// text positions an eighth of a pixel.
const subpixel = 8

// renderer draws for go-chart (it is a gochart.Renderer) on a canvas of few
// colours. Coordinates, sizes and widths are in sub-pixels.
type renderer struct {
	gc     *drawing.RasterGraphicContext
	canvas *canvas
	style  gochart.Style
	radian float64 // rotation of text
}

var _ gochart.Renderer = (*renderer)(nil)

// renderers keeps the memory of finished pictures, which are mostly of one size.
var renderers sync.Pool

// provide is a gochart.RendererProvider; release gives the renderer back.
func provide(width, height int) *renderer {
	width, height = width/subpixel, height/subpixel
	r, ok := renderers.Get().(*renderer)
	if !ok || r.canvas.img.Rect.Dx() != width || r.canvas.img.Rect.Dy() != height {
		c := newCanvas(width, height)
		r = &renderer{canvas: c, gc: drawing.NewRasterGraphicContextWithPainter(c.img, c)}
	}
	r.canvas.reset()
	r.ResetStyle()
	return r
}

func (r *renderer) release() { renderers.Put(r) }

func (r *renderer) ResetStyle() {
	r.style = gochart.Style{Font: r.style.Font}
	r.ClearTextRotation()
}

func (r *renderer) GetDPI() float64                   { return r.gc.GetDPI() }
func (r *renderer) SetDPI(dpi float64)                { r.gc.SetDPI(dpi) }
func (r *renderer) SetClassName(string)               {}
func (r *renderer) SetStrokeColor(c drawing.Color)    { r.style.StrokeColor = c }
func (r *renderer) SetFillColor(c drawing.Color)      { r.style.FillColor = c }
func (r *renderer) SetStrokeWidth(width float64)      { r.style.StrokeWidth = width }
func (r *renderer) SetStrokeDashArray(dash []float64) { r.style.StrokeDashArray = dash }
func (r *renderer) SetFont(f *truetype.Font)          { r.style.Font = f }
func (r *renderer) SetFontColor(c drawing.Color)      { r.style.FontColor = c }
func (r *renderer) SetFontSize(size float64)          { r.style.FontSize = size }
func (r *renderer) MoveTo(x, y int)                   { r.gc.MoveTo(float64(x), float64(y)) }
func (r *renderer) LineTo(x, y int)                   { r.gc.LineTo(float64(x), float64(y)) }
func (r *renderer) Close()                            { r.gc.Close() }
func (r *renderer) QuadCurveTo(cx, cy, x, y int) {
	r.gc.QuadCurveTo(float64(cx), float64(cy), float64(x), float64(y))
}
func (r *renderer) ArcTo(cx, cy int, rx, ry, a, da float64) {
	r.gc.ArcTo(float64(cx), float64(cy), rx, ry, a, da)
}

// Circle adds a true circle to the path; go-chart's own bulges by 6 %.
func (r *renderer) Circle(radius float64, x, y int) {
	r.gc.MoveTo(float64(x)+radius, float64(y))
	r.gc.ArcTo(float64(x), float64(y), radius, radius, 0, 2*math.Pi)
}

func (r *renderer) Stroke() {
	if r.style.StrokeColor.A == 0 {
		r.gc.BeginPath()
		return
	}
	r.stroke()
	r.gc.Stroke()
}

func (r *renderer) Fill() {
	if r.style.FillColor.A == 0 {
		r.gc.BeginPath()
		return
	}
	r.gc.SetFillColor(r.style.FillColor)
	r.gc.Fill()
}

func (r *renderer) FillStroke() {
	if r.style.StrokeColor.A == 0 {
		r.Fill()
		return
	}
	r.gc.SetFillColor(r.style.FillColor)
	r.stroke()
	r.gc.FillStroke()
}

func (r *renderer) stroke() {
	r.gc.SetStrokeColor(r.style.StrokeColor)
	r.gc.SetLineWidth(r.style.StrokeWidth)
	r.gc.SetLineDash(r.style.StrokeDashArray, 0)
}

// coarser is how many sub-pixels are one unit for the outlines of letters,
// which are cut into as many pieces as they are large.
const coarser = 4

// Text draws letter by letter: the rasteriser searches each row of pixels from
// its beginning, so that one path for a long text takes several times as long.
func (r *renderer) Text(body string, x, y int) {
	r.gc.SetFont(r.style.Font)
	r.gc.SetFontSize(r.style.FontSize / coarser)
	r.gc.SetFillColor(r.style.FontColor)
	const scale = coarser / float64(subpixel)
	matrix := drawing.NewTranslationMatrix(float64(x)/subpixel, float64(y)/subpixel)
	matrix.Compose(drawing.NewRotationMatrix(r.radian))
	matrix.Compose(drawing.NewScaleMatrix(scale, scale))
	r.gc.SetMatrixTransform(matrix)
	defer r.gc.SetMatrixTransform(drawing.NewScaleMatrix(1.0/subpixel, 1.0/subpixel))

	at, before := 0.0, rune(-1)
	for _, letter := range body {
		if before >= 0 {
			at += kern(r.style.Font, r.style.FontSize/coarser, before, letter)
		}
		width, err := r.gc.CreateStringPath(string(letter), at, 0)
		if err != nil {
			r.gc.BeginPath() // no font, or a broken glyph: leave it out
			continue
		}
		r.gc.Fill()
		at, before = at+width, letter
	}
}

// MeasureText is for go-chart's own axes, which are hidden; pen.width is ours.
func (r *renderer) MeasureText(body string) gochart.Box {
	r.gc.SetFont(r.style.Font)
	r.gc.SetFontSize(r.style.FontSize)
	left, top, right, bottom, err := r.gc.GetStringBounds(body)
	if err != nil || right < left {
		return gochart.Box{}
	}
	return gochart.Box{Right: int(math.Ceil(right - left)), Bottom: int(math.Ceil(bottom - top))}
}

func (r *renderer) SetTextRotation(radians float64) { r.radian = radians }

func (r *renderer) ClearTextRotation() {
	r.radian = 0
	r.gc.SetMatrixTransform(drawing.NewScaleMatrix(1.0/subpixel, 1.0/subpixel))
}

// Save writes the picture as PNG.
func (r *renderer) Save(w io.Writer) error { return encodePNG(w, r.canvas) }
