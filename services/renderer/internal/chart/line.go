package chart

import (
	"slices"

	"github.com/parley-ops/parley/services/renderer/internal/series"
	"github.com/wcharczuk/go-chart/v2/drawing"
)

// drawLines strokes the series. A single one takes the colour of the threshold
// it is beyond: the same line again, within the area beyond.
func drawLines(p *plot) {
	width := lineWidth * p.k
	if len(p.lines) > 3 {
		width *= 0.8
	}
	for i := len(p.lines) - 1; i >= 0; i-- { // the first one on top
		l := p.lines[i]
		if i == 0 {
			width = lineWidth * p.k
		}
		for _, s := range p.stripes(i) {
			p.pen.clipped(s.rect, func() { p.strokeRuns(l, s.color, width) })
		}
	}
}

// stripe is a part of the area in which a line has one colour.
type stripe struct {
	rect
	color drawing.Color
}

// stripes cuts the area at the thresholds that a line crosses.
func (p *plot) stripes(i int) []stripe {
	all := p.inside()
	lo, hi, _ := series.Bounds(p.lines[i].Points)
	cuts := []float64{hi}
	for _, t := range p.Thresholds {
		if p.single() && lo < t.Value && t.Value < hi {
			cuts = append(cuts, t.Value)
		}
	}
	slices.Sort(cuts)
	var out []stripe
	bottom := lo
	for _, top := range slices.Compact(cuts) {
		s := stripe{all, p.valueColor(i, bottom/2+top/2)}
		if top < hi {
			s.y0 = p.y(top)
		}
		if len(out) > 0 {
			s.y1 = out[len(out)-1].y0
		}
		out = append(out, s)
		bottom = top
	}
	return out
}

// inside is the area with room for half a line at its edges.
func (p *plot) inside() rect {
	edge := lineWidth * p.k
	return rect{p.area.x0, p.area.y0 - edge, p.area.x1 + edge, p.area.y1 + edge}
}

// beyond is the part of the area where a threshold is violated.
func (p *plot) beyond(t Threshold) rect {
	r := p.inside()
	if y := p.y(t.Value); t.Below {
		r.y0 = max(r.y0, y)
	} else {
		r.y1 = min(r.y1, y)
	}
	return r
}

func (p *plot) strokeRuns(l line, c drawing.Color, width float64) {
	for _, run := range l.runs {
		switch {
		case len(run) == 1:
			p.pen.dot(run[0], 1.3*width, c)
		case l.Dashed:
			p.pen.line(run, width, c, 3*width, 2*width)
		default:
			p.pen.line(run, width, c)
		}
	}
}

// drawArea tints all below a single line whose values begin at zero.
func drawArea(p *plot) {
	if !p.single() || p.lines[0].Dashed || p.lo != 0 {
		return
	}
	l := p.lines[0]
	p.pen.clipped(p.area, func() { p.fillTo(l, p.area.y1, tint(l.color, p.colors.area)) })
}

// drawExcess tints what lies between a single line and the limit it is beyond.
func drawExcess(p *plot) {
	if !p.single() || p.lines[0].Dashed {
		return
	}
	l := p.lines[0]
	for _, t := range p.Thresholds {
		if t.Neutral {
			continue
		}
		shade := 2 * p.colors.shade
		if t.Below { // all that is free above the line, and often for long
			shade = p.colors.shade
		}
		c := tint(p.colors.tone(t.Tone), shade)
		p.pen.clipped(p.beyond(t), func() { p.fillTo(l, p.y(t.Value), c) })
	}
}

// fillTo fills the area between a line and a height.
func (p *plot) fillTo(l line, y float64, c drawing.Color) {
	for _, run := range l.runs {
		shape := append(make([]xy, 0, len(run)+2), run...)
		slices.Reverse(shape) // the rasteriser is fastest from right to left
		shape = append(shape, xy{run[0].x, y}, xy{run[len(run)-1].x, y})
		p.pen.polygon(shape, c)
	}
}

// drawBands fills the expected ranges, with their name where there is room.
func drawBands(p *plot) {
	for n, b := range p.Bands {
		c, name := p.colors.ofBand(n)
		upper, lower := p.trace(p.shown(b.Upper)), p.trace(p.shown(b.Lower))
		p.pen.clipped(p.area, func() {
			for i := range min(len(upper), len(lower)) {
				shape := append([]xy(nil), upper[i]...)
				for j := len(lower[i]) - 1; j >= 0; j-- {
					shape = append(shape, lower[i][j])
				}
				p.pen.polygon(shape, tint(c, p.colors.band))
				p.pen.line(upper[i], 1.5*p.k, tint(c, 2*p.colors.band))
				p.pen.line(lower[i], 1.5*p.k, tint(c, 2*p.colors.band))
			}
			for _, run := range p.trace(p.shown(b.Middle)) {
				p.pen.line(spaced(run, 18*p.k), 2*p.k, p.colors.muted, 10*p.k, 8*p.k)
			}
		})
		if b.Name != "" && len(upper) > 0 {
			p.labels.add(request{text: b.Name, size: labelSize * p.k, color: name, at: p.bandPlaces(upper[0])})
		}
	}
}

// spaced leaves out points that are nearer to the one before than a dash and its
// gap: the dashes begin anew at every point.
func spaced(run []xy, least float64) []xy {
	var out []xy
	for i, q := range run {
		if len(out) == 0 || q.x-out[len(out)-1].x >= least || i == len(run)-1 {
			out = append(out, q)
		}
	}
	return out
}

// bandPlaces are places for a band's name: just under its upper edge.
func (p *plot) bandPlaces(upper []xy) []anchor {
	var places []anchor
	for i := 1; i < 8; i++ {
		q := upper[i*(len(upper)-1)/8]
		places = append(places, anchor{q.x, q.y + 8*p.k, 0.5, 0}, anchor{q.x, q.y - 8*p.k, 0.5, 1})
	}
	return places
}

// drawThresholds draws the limits and asks for their labels, at the left end if
// the data leave room there.
func drawThresholds(p *plot) {
	for _, t := range p.Thresholds {
		y, c := p.y(t.Value), p.colors.tone(t.Tone)
		if t.Neutral {
			c = p.colors.muted
		}
		p.pen.line([]xy{{p.area.x0, y}, {p.area.x1, y}}, 2.4*p.k, c, 11*p.k, 7*p.k)
		text := t.Label
		if text == "" {
			text = t.side() + " " + p.unit.Format(t.Value)
		}
		text = cut(text, labelSize*p.k, 0.45*p.area.w())
		gap := 7 * p.k
		var places []anchor
		for _, at := range []float64{0, 1, 0.5, 0.25, 0.75} {
			x := p.area.x0 + gap + at*(p.area.w()-2*gap)
			places = append(places, anchor{x, y - gap, at, 1}, anchor{x, y + gap, at, 0})
		}
		if t.Below { // the label belongs on the side that is bad
			for i := 0; i+1 < len(places); i += 2 {
				places[i], places[i+1] = places[i+1], places[i]
			}
		}
		p.labels.add(request{text: text, size: labelSize * p.k, color: c, at: places})
	}
}
