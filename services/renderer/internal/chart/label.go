package chart

import (
	"math"

	"github.com/wcharczuk/go-chart/v2/drawing"
)

// anchor is a place for a label: the point, and which part of the label is put
// there (0 its left or top, 1 its right or bottom).
type anchor struct{ x, y, fx, fy float64 }

// request is a label that wants one of several places, the best one first.
type request struct {
	text  string
	size  float64
	color drawing.Color
	at    []anchor
	must  bool // drawn even if every place covers something
}

// placer finds places for labels that cover neither lines nor other labels.
type placer struct {
	area  rect
	reach float64    // of a line to each side, with some air
	lines [][]extent // per series, per column of pixels
	tints []float64  // heights of limits: between them and a line it is tinted
	taken []rect
	wants []request
}

// extent is the range of heights that a line covers in a column.
type extent struct{ top, bottom float64 }

func newPlacer(p *plot) placer {
	l := placer{area: p.area, reach: lineWidth*p.k/2 + 3*p.k}
	columns := int(p.area.w()) + 1
	if p.single() {
		for _, t := range p.Thresholds {
			l.tints = append(l.tints, p.y(t.Value))
		}
	}
	for _, s := range p.lines {
		cols := make([]extent, columns)
		for i := range cols {
			cols[i] = extent{math.Inf(1), math.Inf(-1)}
		}
		for _, run := range s.runs {
			for i, q := range run {
				l.cover(cols, run[max(i-1, 0)], q)
			}
		}
		l.lines = append(l.lines, cols)
	}
	return l
}

func (l *placer) cover(cols []extent, a, b xy) {
	from, to := max(int(a.x-l.area.x0), 0), min(int(b.x-l.area.x0), len(cols)-1)
	for c := from; c <= to; c++ {
		y0, y1 := a.y, b.y
		if b.x-a.x > 2 {
			at := func(x float64) float64 {
				return a.y + (b.y-a.y)*min(max((x-a.x)/(b.x-a.x), 0), 1)
			}
			x := l.area.x0 + float64(c)
			y0, y1 = at(x), at(x+1)
		}
		cols[c].top = min(cols[c].top, y0, y1)
		cols[c].bottom = max(cols[c].bottom, y0, y1)
	}
}

// block keeps labels away from an area.
func (l *placer) block(r rect) { l.taken = append(l.taken, r) }

// add asks for a label; drawLabels draws it when all other things are known.
func (l *placer) add(r request) { l.wants = append(l.wants, r) }

// cost says how much a label at r would cover, in pixels of height of lines; a
// place out of the area or on another label costs too much.
func (l *placer) cost(r rect) float64 {
	if r.x0 < l.area.x0 || r.x1 > l.area.x1+1 || r.y0 < l.area.y0 || r.y1 > l.area.y1 {
		return math.Inf(1)
	}
	for _, t := range l.taken {
		if r.overlaps(t) {
			return math.Inf(1)
		}
	}
	cost := 0.0
	for _, cols := range l.lines {
		for c := max(int(r.x0-l.area.x0), 0); c <= min(int(r.x1-l.area.x0), len(cols)-1); c++ {
			e := cols[c]
			if e.top > e.bottom {
				continue
			}
			cost += max(0, min(r.y1, e.bottom+l.reach)-max(r.y0, e.top-l.reach))
			for _, y := range l.tints {
				cost += 0.1 * max(0, min(r.y1, max(y, e.bottom))-max(r.y0, min(y, e.top)))
			}
		}
	}
	return cost
}

// place returns the area of the label's best place; false if there is none.
func (l *placer) place(r request) (best rect, cost float64, ok bool) {
	cost = math.Inf(1)
	w, h := textWidth(r.text, r.size), 0.98*r.size
	for _, a := range r.at {
		at := rect{a.x - a.fx*w, a.y - a.fy*h, a.x - a.fx*w + w, a.y - a.fy*h + h}
		if c := l.cost(at); c < cost {
			best, cost, ok = at, c, true
			if c == 0 {
				break
			}
		}
	}
	return best, cost, ok
}

// drawLabels writes the labels that were asked for, in the order of asking. One
// that has to cover a line stands on a plate.
func drawLabels(p *plot) {
	for _, want := range p.labels.wants {
		at, cost, ok := p.labels.place(want)
		if !ok || (cost > 0 && !want.must && cost > 3*at.w()) {
			continue
		}
		if cost > 0 {
			plate := rect{at.x0 - 6*p.k, at.y0 - 1*p.k, at.x1 + 6*p.k, at.y1 + 2*p.k}
			p.pen.round(plate, 6*p.k, tint(p.colors.background, 200))
		}
		p.labels.block(at)
		p.pen.text(want.text, at.x0, at.y0+0.8*want.size, want.size, want.color)
	}
}
