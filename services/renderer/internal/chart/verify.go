package chart

import (
	"math"
	"time"

	"github.com/parley-ops/parley/services/renderer/internal/series"
	"github.com/wcharczuk/go-chart/v2/drawing"
)

// verify draws whether an action helped: the times before and after it are
// shaded apart, and the usual value of each is a line with its number.
func verify(p *plot) []layer {
	return []layer{
		{"header", drawHeader},
		{"area", drawArea},
		{"before and after", drawBeforeAfter},
		{"grid", drawGrid},
		{"bands", drawBands},
		{"excess", drawExcess},
		{"thresholds", drawThresholds},
		{"lines", drawLines},
		{"levels", drawLevels},
		{"marks", drawMarks},
		{"ends", drawEnds},
		{"labels", drawLabels},
	}
}

// comparison returns what is compared: the spec's own figures, or else the
// medians of the first series before and after the first mark.
func (s Spec) comparison() (c Comparison, ok bool) {
	switch {
	case s.Compare != nil:
		c = *s.Compare
	case len(s.Marks) > 0:
		c = Comparison{At: s.Marks[0].At, Before: math.NaN(), After: math.NaN()}
	default:
		return c, false
	}
	if len(s.Series) > 0 { // what it came to, and what it was for as long before
		points, half := s.Series[0].Points, s.To.Sub(c.At)/2
		if math.IsNaN(c.Before) {
			from := c.At.Add(-half)
			if s.Stopped { // there are few samples, and all of them are before
				from = s.From
			}
			c.Before = series.Median(series.Between(points, from, c.At))
		}
		if math.IsNaN(c.After) && !s.Stopped {
			c.After = series.Median(series.Between(points, c.At.Add(half), s.To.Add(time.Nanosecond)))
		}
	}
	return c, true
}

func drawBeforeAfter(p *plot) {
	c, ok := p.comparison()
	if !ok {
		return
	}
	x := min(max(p.x(c.At), p.area.x0), p.area.x1)
	before, after := p.compareColors()
	p.pen.box(rect{p.area.x0, p.area.y0, x, p.area.y1}, tint(before, p.colors.shade/2))
	p.pen.box(rect{x, p.area.y0, p.area.x1, p.area.y1}, tint(after, p.colors.shade*3/4))
}

// drawLevels draws the value before and the value after as lines with labels.
func drawLevels(p *plot) {
	c, ok := p.comparison()
	if !ok || p.empty() {
		return
	}
	x := min(max(p.x(c.At), p.area.x0), p.area.x1)
	before, after := p.compareColors()
	from := max(p.area.x0, 2*x-p.area.x1)
	if p.Stopped {
		from = p.area.x0
	}
	p.drawLevel("before ", c.Before, from, x, before)
	p.drawLevel("after ", c.After, x, p.area.x1, after)
}

func (p *plot) drawLevel(what string, v, x0, x1 float64, c drawing.Color) {
	if math.IsNaN(v) || math.IsInf(v, 0) || x1-x0 < 4*p.k {
		return
	}
	y, gap := p.y(v), 10*p.k
	p.pen.clipped(p.inside(), func() {
		p.pen.line([]xy{{x0, y}, {x1, y}}, 3*p.k, c, 3*p.k, 6*p.k)
	})
	var places []anchor
	for _, at := range []float64{0.5, 0.1, 0.9} {
		x := x0 + at*(x1-x0)
		places = append(places, anchor{x, y + gap, at, 0}, anchor{x, y - gap, at, 1},
			anchor{x, y + 3*gap, at, 0}, anchor{x, y - 3*gap, at, 1}, anchor{x, p.area.y0 + gap, at, 0})
	}
	p.labels.add(request{text: what + p.unit.Format(v), size: 1.1 * labelSize * p.k, color: c, at: places, must: true})
}

// compareColors are those of before, which is past, and after, which is good or
// bad news.
func (p *plot) compareColors() (before, after drawing.Color) {
	after = p.colors.tone(p.Tone)
	if p.Tone == ToneNone || p.Tone == ToneInfo {
		after = p.colors.tone(ToneInfo)
	}
	return p.colors.muted, after
}
