package chart

import (
	"slices"
	"strconv"

	"github.com/wcharczuk/go-chart/v2/drawing"
)

// end is the label at the right end of a line.
type end struct {
	name   string // empty for a single series
	text   string // the value
	size   float64
	width  float64 // of both
	series int     // -1: how many are left out
	y      float64
}

// endLabels are the last values: of a single series in large type, of several
// with their names, as many as there is room for.
func (p *plot) endLabels() []end {
	var ends []end
	size := valueSize * p.k
	if !p.single() {
		size = labelSize * p.k
	}
	for i, l := range p.lines {
		if !l.any {
			continue
		}
		e := end{text: p.unit.Format(l.last.Value), size: size, series: i}
		if p.Stopped {
			e.text, e.size = "stopped", labelSize*p.k
		}
		e.width = textWidth(e.text, size)
		if !p.single() && l.Name != "" {
			e.name = cutMiddle(l.Name, size, 0.27*p.w-e.width)
			e.width += textWidth(e.name, size) + 0.5*size
		}
		ends = append(ends, e)
	}
	return ends
}

// drawEnds puts a dot on every line's last value and writes it beside, moved so
// that no two labels overlap.
func drawEnds(p *plot) {
	p.spreadEnds()
	for _, e := range p.ends {
		if e.series < 0 {
			p.pen.text(e.text, p.area.x1+16*p.k, e.y+0.36*e.size, e.size, p.colors.muted)
			continue
		}
		l := p.lines[e.series]
		at, c := xy{p.x(l.last.At), p.y(l.last.Value)}, p.valueColor(e.series, l.last.Value)
		at.x = min(max(at.x, p.area.x0), p.area.x1)
		at.y = min(max(at.y, p.area.y0), p.area.y1)
		x := p.area.x1 + 14*p.k
		if p.Stopped { // the line ends there, and nothing leads on from it
			c = p.colors.tone(p.Tone)
			x = min(at.x+14*p.k, x)
			if cmp, ok := p.comparison(); ok {
				x = min(max(x, p.x(cmp.At)+12*p.k), p.area.x1+14*p.k)
			}
		} else if gone := p.area.x1 - at.x; gone > 40*p.k || e.y < at.y-12*p.k || e.y > at.y+12*p.k {
			p.pen.line([]xy{{at.x, at.y}, {max(at.x, p.area.x1-2*p.k), at.y}, {x - 2*p.k, e.y}}, 1.5*p.k, tint(c, 130))
		}
		p.pen.dot(at, 8.5*p.k, p.colors.background)
		p.pen.dot(at, 6*p.k, c)
		p.labels.block(rect{at.x - 8*p.k, at.y - 8*p.k, at.x + 8*p.k, at.y + 8*p.k})
		base := e.y + 0.36*e.size
		if e.name == "" {
			p.pen.text(e.text, x, base, e.size, c)
			continue
		}
		p.pen.text(e.name, x, base, e.size, c)
		p.pen.text(e.text, p.w-margin*p.k-textWidth(e.text, e.size), base, e.size, p.colors.text)
	}
}

// valueColor is the colour for a value of a series: that of the threshold it is
// beyond, if the picture is about one line.
func (p *plot) valueColor(i int, v float64) drawing.Color {
	c := p.lines[i].color
	if p.single() {
		for _, t := range p.Thresholds {
			if t.violated(v) {
				c = p.colors.tone(t.Tone)
			}
		}
	}
	return c
}

// spreadEnds moves end labels apart, each as little as possible, and replaces
// those that have no room by their number.
func (p *plot) spreadEnds() {
	if len(p.ends) == 0 {
		return
	}
	pitch := p.ends[0].size * 1.12
	if room := int((p.area.h() + pitch) / pitch); len(p.ends) > room {
		more := len(p.ends) - room + 1
		p.ends = p.ends[:room-1]
		text := "+" + strconv.Itoa(more) + " more"
		p.ends = append(p.ends, end{text: text, size: p.ends[0].size, series: -1, y: p.area.y1})
	}
	for i, e := range p.ends {
		if e.series >= 0 {
			p.ends[i].y = min(max(p.y(p.lines[e.series].last.Value), p.area.y0), p.area.y1)
		}
	}
	slices.SortStableFunc(p.ends, func(a, b end) int {
		switch {
		case a.y < b.y:
			return -1
		case a.y > b.y:
			return 1
		}
		return 0
	})
	spread(p.ends, pitch, p.area.y0, p.area.y1)
}

// spread keeps ordered labels a pitch apart within top..bottom: groups that
// touch are centred on the mean of where their members want to be.
func spread(ends []end, pitch, top, bottom float64) {
	type group struct {
		first, n int
		want     float64 // sum of the places of the group's first label
		y        float64
	}
	var groups []group
	for i, e := range ends {
		g := group{first: i, n: 1, want: e.y, y: e.y}
		for {
			height := float64(g.n-1) * pitch
			g.y = max(min(g.want/float64(g.n), bottom-height), top)
			if len(groups) == 0 {
				break
			}
			prev := groups[len(groups)-1]
			if prev.y+float64(prev.n)*pitch <= g.y+1e-9 {
				break
			}
			groups = groups[:len(groups)-1]
			g = group{prev.first, prev.n + g.n, prev.want + g.want - float64(prev.n*g.n)*pitch, 0}
		}
		groups = append(groups, g)
	}
	for _, g := range groups {
		for i := range g.n {
			ends[g.first+i].y = g.y + float64(i)*pitch
		}
	}
}
