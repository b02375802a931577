package plot

import (
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Kind is what a piece of a chart shows, for those who colour it.
type Kind int

// The kinds.
const (
	Axis Kind = iota
	Curve
	// Breach is the curve where it is past the threshold.
	Breach
	Threshold
)

// Chart is one series over time.
type Chart struct {
	Series   Series
	From, To int64
	// Width and Height are in characters, axes included.
	Width, Height int
	// Threshold, if there is one, and whether being below it is the breach.
	Threshold *float64
	Below     bool
	// Label writes a value at the axis.
	Label func(float64) string
	// Clock writes a time at the axis.
	Clock func(time.Time) string
	// Paint colours a piece; nil leaves it as it is.
	Paint func(Kind, string) string
}

// Lines returns the chart, top to bottom.
func (c Chart) Lines() []string {
	if c.Paint == nil {
		c.Paint = func(_ Kind, s string) string { return s }
	}
	low, high := c.scale()
	rows := max(c.Height-2, 2)
	names := c.names(low, high, rows)
	left := 0
	for _, n := range names {
		left = max(left, utf8.RuneCountInString(n))
	}
	columns := max(c.Width-left-2, 8)
	g := newGrid(columns, rows)
	c.draw(g, low, high)
	line := -1
	if c.Threshold != nil {
		line = g.row(*c.Threshold, low, high) / 4
	}
	out := make([]string, 0, rows+2)
	for y := range rows {
		var b strings.Builder
		kind := Axis
		if y == line {
			kind = Threshold
		}
		b.WriteString(c.Paint(kind, strings.Repeat(" ", left-utf8.RuneCountInString(names[y]))+names[y]))
		b.WriteString(c.Paint(Axis, word(names[y] == "", " │", " ┤")))
		b.WriteString(c.cells(g, y, line))
		out = append(out, strings.TrimRight(b.String(), " "))
	}
	out = append(out, strings.Repeat(" ", left)+c.Paint(Axis, " └"+strings.Repeat("─", columns)))
	return append(out, strings.Repeat(" ", left+2)+c.Paint(Axis, c.times(columns)))
}

// cells returns one row of dots; cells of one kind are painted together.
func (c Chart) cells(g *grid, y, line int) string {
	var b strings.Builder
	var run []rune
	last := Axis
	flush := func() {
		if len(run) > 0 {
			b.WriteString(c.Paint(last, string(run)))
			run = run[:0]
		}
	}
	for x := range g.columns {
		r, kind := '⠀'+rune(g.dots[y*g.columns+x]), Curve
		switch {
		case r == '⠀' && y == line:
			r, kind = '╌', Threshold
		case r == '⠀':
			r, kind = ' ', last
		case line >= 0 && ((!c.Below && y < line) || (c.Below && y > line)):
			kind = Breach
		}
		if kind != last {
			flush()
			last = kind
		}
		run = append(run, r)
	}
	flush()
	return b.String()
}

// scale returns the values at the bottom and the top.
func (c Chart) scale() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for i, t := range c.Series.Times {
		if t >= c.From && t <= c.To {
			low, high = min(low, c.Series.Values[i]), max(high, c.Series.Values[i])
		}
	}
	if c.Threshold != nil {
		low, high = min(low, *c.Threshold), max(high, *c.Threshold)
	}
	if low > high { // nothing to draw
		return 0, 1
	}
	pad := (high - low) * 0.06
	if pad == 0 {
		pad = max(math.Abs(high)*0.1, 1)
	}
	if low >= 0 && low-pad < 0 {
		return 0, high + pad
	}
	return low - pad, high + pad
}

// names returns what stands at the axis, by row: the top, the bottom, the
// threshold, and the middle when there is room.
func (c Chart) names(low, high float64, rows int) []string {
	label := c.Label
	value := func(y int) string { return label(high - (high-low)*(float64(y)+0.5)/float64(rows)) }
	names := make([]string, rows)
	names[0], names[rows-1] = value(0), value(rows-1)
	if rows >= 7 {
		names[rows/2] = value(rows / 2)
	}
	if c.Threshold != nil {
		y := (&grid{rows: rows}).row(*c.Threshold, low, high) / 4
		for i := max(y-1, 0); i <= min(y+1, rows-1); i++ {
			names[i] = ""
		}
		names[y] = label(*c.Threshold)
	}
	return names
}

// times returns the time axis: its beginning, middle and end.
func (c Chart) times(columns int) string {
	at := func(ms int64) string { return c.Clock(time.UnixMilli(ms)) }
	first, middle, last := at(c.From), at((c.From+c.To)/2), at(c.To)
	nf, nm, nl := utf8.RuneCountInString(first), utf8.RuneCountInString(middle), utf8.RuneCountInString(last)
	room := columns - nf - nm - nl
	if room < 4 {
		return first + strings.Repeat(" ", max(columns-nf-nl, 1)) + last
	}
	return first + strings.Repeat(" ", room/2) + middle + strings.Repeat(" ", room-room/2) + last
}

// draw sets the dots. Samples are joined, except over a gap of five times
// their usual distance.
func (c Chart) draw(g *grid, low, high float64) {
	gap := 5 * usual(c.Series.Times)
	joined, lastX, lastY := false, 0, 0
	var lastT int64
	for i, t := range c.Series.Times {
		x := column(t, c.From, c.To, g.columns*2)
		if x < 0 {
			continue
		}
		y := g.row(c.Series.Values[i], low, high)
		if joined && t-lastT <= gap {
			g.line(lastX, lastY, x, y)
		}
		g.set(x, y)
		joined, lastX, lastY, lastT = true, x, y, t
	}
}

// usual returns the median distance of times.
func usual(times []int64) int64 {
	if len(times) < 2 {
		return 0
	}
	d := make([]int64, len(times)-1)
	for i := range d {
		d[i] = times[i+1] - times[i]
	}
	slices.Sort(d)
	return d[len(d)/2]
}

func word(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}
