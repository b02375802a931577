package chart

import (
	"math"
	"time"

	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/renderer/internal/series"
	"github.com/wcharczuk/go-chart/v2/drawing"
)

// Sizes at 1200 × 500 in pixels. They are large because pictures in a chat are
// small: on a phone 1200 pixels are shown 360 wide.
const (
	titleSize    = 36.0
	subtitleSize = 27.0
	tickSize     = 26.0
	labelSize    = 26.0
	valueSize    = 33.0
	margin       = 28.0
	lineWidth    = 3.6
)

// plot is a picture being made: the spec, and where in the picture what goes.
type plot struct {
	Spec
	colors *colors
	unit   unit.Unit
	pen    pen

	k      float64 // sizes times this
	w      float64 // of the picture
	frame  rect    // of this metric's part of the picture
	first  bool    // it has the picture's header
	last   bool    // it has the times' labels
	area   rect    // of the data
	span   time.Duration
	lo, hi float64 // values at the area's bottom and top
	values []unit.Tick
	times  []timeTick
	lines  []line
	ends   []end
	labels placer
}

// line is a series ready to be drawn.
type line struct {
	Series
	color drawing.Color
	runs  [][]xy // unbroken pieces
	last  series.Point
	any   bool // has a value
}

// newPlots lays out a metric and those below it: the areas of all begin and end
// at the same place.
func newPlots(s Spec) []*plot {
	var plots []*plot
	left, right, top := 0.0, math.Inf(1), 0
	specs := s.panels()
	for i, one := range specs {
		height := s.Height
		if i > 0 {
			height = panelHeight(s.Height)
		}
		p := &plot{Spec: one, colors: s.Theme.colors(), unit: unit.Of(one.Unit), first: i == 0, last: i == len(specs)-1}
		p.w, p.k = float64(s.Width), min(float64(s.Width)/1200, float64(s.Height)/float64(s.usualHeight()))
		p.frame = rect{0, float64(top), p.w, float64(top + height)}
		p.span = s.To.Sub(s.From)
		p.gather()
		p.layOut()
		plots = append(plots, p)
		left, right, top = max(left, p.area.x0), min(right, p.area.x1), top+height
	}
	for _, p := range plots {
		p.area.x0, p.area.x1 = left, right
		p.times = timeTicks(p.From, p.To, p.Location, int(min(max(p.area.w()/(118*p.k), 2), 9)))
		for i := range p.lines {
			p.lines[i].runs = p.trace(p.lines[i].Points)
		}
		p.labels = newPlacer(p)
	}
	return plots
}

// gather makes the lines of the spec's series.
func (p *plot) gather() {
	for i, one := range p.Series {
		l := line{Series: one, color: p.colors.line(i)}
		l.Points = p.shown(one.Points)
		l.last, l.any = series.Last(l.Points)
		p.lines = append(p.lines, l)
	}
}

// shown returns the points within the span and one beyond on each side, so that
// the line reaches the edges.
func (p *plot) shown(points []series.Point) []series.Point {
	lo, hi := 0, len(points)
	for lo+1 < hi && points[lo+1].At.Before(p.From) {
		lo++
	}
	for hi-2 >= lo && points[hi-2].At.After(p.To) {
		hi--
	}
	return points[lo:hi]
}

// trace returns the unbroken pieces of a series in pixels.
func (p *plot) trace(points []series.Point) [][]xy {
	var runs [][]xy
	for _, run := range series.Runs(points, series.MaxGap(points)) {
		run = series.Thin(run, p.From, p.To, int(p.area.w()))
		piece := make([]xy, len(run))
		for i, q := range run {
			piece[i] = xy{p.x(q.At), p.y(q.Value)}
		}
		runs = append(runs, piece)
	}
	return runs
}

// x returns where a time is; times far outside of the span are moved nearer.
func (p *plot) x(t time.Time) float64 {
	r := float64(t.Sub(p.From)) / float64(p.span)
	return p.area.x0 + min(max(r, -1), 2)*p.area.w()
}

// y returns where a value is; values far outside of the range are moved nearer.
func (p *plot) y(v float64) float64 {
	r := (v - p.lo) / (p.hi - p.lo)
	return p.area.y1 - min(max(r, -1), 2)*p.area.h()
}

// within reports whether a time is in the span.
func (p *plot) within(t time.Time) bool { return !t.Before(p.From) && !t.After(p.To) }

// single reports whether the picture is about one line, whose colour then may
// change with what it says.
func (p *plot) single() bool { return len(p.lines) == 1 }

// empty reports whether there is no value to show.
func (p *plot) empty() bool {
	for _, l := range p.lines {
		if l.any {
			return false
		}
	}
	return true
}

// bounds returns the range of everything that has to be seen.
func (p *plot) bounds() (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	see := func(points []series.Point) {
		if a, b, ok := series.Bounds(points); ok {
			lo, hi = min(lo, a), max(hi, b)
		}
	}
	for _, l := range p.lines {
		see(l.Points)
	}
	for _, b := range p.Bands {
		see(p.shown(b.Lower))
		see(p.shown(b.Upper))
	}
	for _, t := range p.Thresholds {
		lo, hi = min(lo, t.Value), max(hi, t.Value)
	}
	if lo > hi {
		return 0, 1
	}
	return lo, hi
}
