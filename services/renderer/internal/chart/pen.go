package chart

import (
	"image"
	"math"

	"github.com/wcharczuk/go-chart/v2/drawing"
)

// xy is a place in the picture in pixels, y downwards.
type xy struct{ x, y float64 }

// rect is an area of the picture in pixels.
type rect struct{ x0, y0, x1, y1 float64 }

func (r rect) w() float64 { return r.x1 - r.x0 }
func (r rect) h() float64 { return r.y1 - r.y0 }

func (r rect) overlaps(o rect) bool {
	return r.x0 < o.x1 && o.x0 < r.x1 && r.y0 < o.y1 && o.y0 < r.y1
}

// pen draws shapes in pixels (fractions count) through go-chart's renderer.
type pen struct{ r *renderer }

func sub(v float64) int { return int(math.Round(v * subpixel)) }

func (p pen) path(points []xy) {
	p.r.MoveTo(sub(points[0].x), sub(points[0].y))
	for _, q := range points[1:] {
		p.r.LineTo(sub(q.x), sub(q.y))
	}
}

// polygon fills the area within the points.
func (p pen) polygon(points []xy, c drawing.Color) {
	if len(points) < 3 {
		return
	}
	p.r.SetFillColor(c)
	p.path(points)
	p.r.Close()
	p.r.Fill()
}

// box fills a rectangle; its edges are moved to whole pixels so that they are
// sharp.
func (p pen) box(a rect, c drawing.Color) {
	x0, y0, x1, y1 := math.Round(a.x0), math.Round(a.y0), math.Round(a.x1), math.Round(a.y1)
	p.polygon([]xy{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}, c)
}

// round fills a rectangle with rounded corners.
func (p pen) round(a rect, radius float64, c drawing.Color) {
	radius = min(radius, a.w()/2, a.h()/2)
	corner := func(x, y, start float64) []xy {
		var arc []xy
		for i := range 7 {
			t := start + float64(i)/6*math.Pi/2
			arc = append(arc, xy{x + radius*math.Cos(t), y + radius*math.Sin(t)})
		}
		return arc
	}
	var shape []xy
	shape = append(shape, corner(a.x1-radius, a.y1-radius, 0)...)
	shape = append(shape, corner(a.x0+radius, a.y1-radius, math.Pi/2)...)
	shape = append(shape, corner(a.x0+radius, a.y0+radius, math.Pi)...)
	shape = append(shape, corner(a.x1-radius, a.y0+radius, 3*math.Pi/2)...)
	p.polygon(shape, c)
}

// line strokes the points; dash alternates drawn and open lengths.
func (p pen) line(points []xy, width float64, c drawing.Color, dash ...float64) {
	if len(points) < 2 {
		return
	}
	for i := range dash {
		dash[i] *= subpixel
	}
	p.r.SetStrokeColor(c)
	p.r.SetStrokeWidth(width * subpixel)
	p.r.SetStrokeDashArray(dash)
	if len(dash) > 0 {
		p.path(points)
		p.r.Stroke()
		return
	}
	for i := 0; i+1 < len(points); i += piece {
		if i > 0 { // begin a little earlier, so that no seam is seen
			a, b := points[i-1], points[i]
			back := min(0.8/max(math.Hypot(b.x-a.x, b.y-a.y), 1e-9), 1)
			p.r.MoveTo(sub(b.x-(b.x-a.x)*back), sub(b.y-(b.y-a.y)*back))
		} else {
			p.r.MoveTo(sub(points[0].x), sub(points[0].y))
		}
		for _, q := range points[i:min(i+piece+1, len(points))] {
			p.r.LineTo(sub(q.x), sub(q.y))
		}
		p.r.Stroke()
	}
}

// piece is how many points are stroked at a time: the rasteriser searches each
// row of pixels from its beginning, so that long lines take much longer.
const piece = 40

// dot fills a circle.
func (p pen) dot(at xy, radius float64, c drawing.Color) {
	p.r.SetFillColor(c)
	p.r.Circle(radius*subpixel, sub(at.x), sub(at.y))
	p.r.Fill()
}

// text draws a line of text that begins at x, on the baseline y.
func (p pen) text(s string, x, y, size float64, c drawing.Color) {
	if s == "" {
		return
	}
	p.r.SetFont(textFont())
	p.r.SetFontSize(size * subpixel)
	p.r.SetFontColor(c)
	p.r.Text(s, sub(x), sub(y))
}

// clipped runs draw with everything outside the area left as it is.
func (p pen) clipped(a rect, draw func()) {
	c := p.r.canvas
	old := c.clip
	c.clip = image.Rect(
		int(math.Round(a.x0)), int(math.Round(a.y0)),
		int(math.Round(a.x1)), int(math.Round(a.y1)),
	).Intersect(old)
	draw()
	c.clip = old
}
