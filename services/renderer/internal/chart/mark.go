package chart

import (
	"slices"

	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/renderer/internal/series"
	"github.com/wcharczuk/go-chart/v2/drawing"
)

const pillHeight = 40.0

// drawBreaches shades the times a policy was violated, with a bar at the foot
// and, where it fits, how long it was.
func drawBreaches(p *plot) {
	c := p.breachColor()
	for _, b := range p.Breaches {
		x0, x1 := max(p.x(b.From), p.area.x0), min(p.x(b.To), p.area.x1)
		if b.To.Before(b.From) || x1 < x0 {
			continue
		}
		x1 = max(x1, x0+2*p.k) // short ones are seen too
		p.pen.box(rect{x0, p.area.y0, x1, p.area.y1}, tint(c, p.colors.shade))
		text := b.Label
		if text == "" {
			text = unit.Duration(b.To.Sub(b.From))
		}
		if p.first && textWidth(text, labelSize*p.k) < x1-x0-12*p.k {
			mid := (x0 + x1) / 2
			p.labels.add(request{text: text, size: labelSize * p.k, color: c, at: []anchor{
				{mid, p.area.y0 + 7*p.k, 0.5, 0}, {mid, p.area.y1 - 9*p.k, 0.5, 1},
				{x0 + 8*p.k, p.area.y1 - 9*p.k, 0, 1}, {x1 - 8*p.k, p.area.y1 - 9*p.k, 1, 1},
			}})
		}
	}
}

// drawWorst marks the value furthest beyond the limit of a single line, unless
// it is near the last one or no worse, which is written anyway.
func drawWorst(p *plot) {
	if !p.single() || len(p.Thresholds) == 0 {
		return
	}
	t := p.Thresholds[0]
	var worst series.Point
	var in Span
	for _, b := range p.Breaches {
		q, ok := series.Worst(series.Between(p.lines[0].Points, b.From, b.To.Add(1)), t.Below)
		if ok && p.within(q.At) && (in.From.IsZero() || t.worse(q.Value, worst.Value)) {
			worst, in = q, b
		}
	}
	if in.From.IsZero() || !t.violated(worst.Value) || !t.worse(worst.Value, p.lines[0].last.Value) || p.x(p.lines[0].last.At)-p.x(worst.At) < 60*p.k {
		return
	}
	at, c := xy{p.x(worst.At), p.y(worst.Value)}, p.colors.tone(t.Tone)
	p.pen.dot(at, 8*p.k, p.colors.background)
	p.pen.dot(at, 5.5*p.k, c)
	gap := 12 * p.k
	places := []anchor{
		{at.x, at.y - gap, 0.5, 1}, {at.x - gap, at.y - gap, 1, 0.5}, {at.x + gap, at.y - gap, 0, 0.5},
		{at.x - gap, at.y, 1, 0.5}, {at.x + gap, at.y, 0, 0.5},
	}
	for _, y := range []float64{at.y, at.y + gap} { // beside the shade
		places = append(places, anchor{p.x(in.From) - gap, y, 1, 0.5}, anchor{p.x(in.To) + gap, y, 0, 0.5})
	}
	if t.Below {
		for i := range places {
			places[i].y, places[i].fy = 2*at.y-places[i].y, 1-places[i].fy
		}
	}
	p.labels.add(request{text: p.unit.Format(worst.Value), size: labelSize * p.k, color: c, at: places})
}

// drawMarks draws a line where something was done, with its name above the
// area, so that it never covers data.
func drawMarks(p *plot) {
	size := 0.94 * labelSize * p.k
	until := 0.0
	for _, m := range slices.SortedStableFunc(slices.Values(p.Marks), func(a, b Mark) int { return a.At.Compare(b.At) }) {
		if !p.within(m.At) {
			continue
		}
		x, c := p.x(m.At), p.colors.mark
		pad, play := 14*p.k, 20*p.k
		room := p.w - 2*margin*p.k - 2*pad - play
		text := cut(m.Label, size, min(room, 0.4*p.w))
		width := textWidth(text, size) + 2*pad + play
		if text == "" {
			width = 2*pad + 0.6*play
		}
		pill := rect{x - width/2, p.area.y0 - (pillHeight+6)*p.k, x + width/2, p.area.y0 - 6*p.k}
		if over := pill.x1 - (p.w - margin*p.k); over > 0 {
			pill.x0, pill.x1 = pill.x0-over, pill.x1-over
		}
		if short := margin*p.k - pill.x0; short > 0 {
			pill.x0, pill.x1 = pill.x0+short, pill.x1+short
		}
		if push := until - pill.x0; push > 0 && until < x-pad { // aside, but still over its line
			pill.x0, pill.x1 = pill.x0+push, pill.x1+push
		}
		head := p.area.y0
		if p.first {
			head = pill.y1 - 2*p.k
		}
		p.pen.box(rect{x - 1.5*p.k, head, x + 1.5*p.k, p.area.y1}, c)
		p.labels.block(rect{x - 6*p.k, p.area.y0, x + 6*p.k, p.area.y1})
		if !p.first {
			continue
		}
		if pill.x0 < until || pill.x1 > p.w-margin*p.k+1 { // no room: the line says enough
			continue
		}
		until = pill.x1 + 8*p.k
		p.pen.round(pill, pillHeight/2*p.k, c)
		mid := (pill.y0 + pill.y1) / 2
		tip := pill.x0 + pad
		p.pen.polygon([]xy{{tip, mid - 8*p.k}, {tip + 13*p.k, mid}, {tip, mid + 8*p.k}}, p.colors.onColor)
		p.pen.text(text, tip+play, mid+0.36*size, size, p.colors.onColor)
	}
}

// breachColor is the picture's tone if that is bad, or that of the first
// threshold.
func (p *plot) breachColor() drawing.Color {
	switch {
	case p.Tone == ToneWarning || p.Tone == ToneCritical:
		return p.colors.tone(p.Tone)
	case len(p.Thresholds) > 0:
		return p.colors.tone(p.Thresholds[0].Tone)
	}
	return p.colors.tone(ToneCritical)
}
