package chart

import (
	"math"
	"time"

	"github.com/wcharczuk/go-chart/v2/drawing"
)

// Lane is one row of a picture of KindLives.
type Lane struct {
	Name, Note string
	Lives      []Life
}

// Life is a time for which something was so; a zero To means that it lasts.
// ToneNone is drawn in grey.
type Life struct {
	From, To time.Time
	Tone     Tone
}

const (
	maxLanes   = 16
	laneHeight = 78
	// livesHeight is that of a picture beside its lanes.
	livesHeight = 240
	legendSize  = 0.9 * labelSize
	// narrowest is how wide the shortest life is drawn, in pixels.
	narrowest = 4.0
)

// lives draws for how long things were so: in each lane as many one upon the other
// as there were at a time, those of one tone together.
func lives(p *plot) []layer {
	return []layer{
		{"header", drawHeader},
		{"legend", drawLegend},
		{"lanes", drawLanes},
		{"times", func(p *plot) { p.drawTimes(tickSize*p.k, max(1, math.Round(1.5*p.k))) }},
	}
}

// stacked are the tones from the bottom to the top, with what they are called.
var stacked = []struct {
	tone  Tone
	words string
}{{ToneNone, "as before"}, {ToneInfo, "open"}, {ToneGood, "would vanish"}, {ToneCritical, "would appear"}}

func (p *plot) lifeColor(t Tone) drawing.Color {
	if t == ToneNone {
		return p.colors.neutral
	}
	return p.colors.tone(t)
}

// layLanes decides where the lanes are: right of their names, left of their notes.
func (p *plot) layLanes(top, bottom float64) {
	left, right, size := 0.0, margin*p.k, tickSize*p.k
	for _, l := range p.Lanes {
		left = max(left, textWidth(l.Name, size))
		right = max(right, textWidth(l.Note, size)+(margin+16)*p.k)
	}
	p.lo, p.hi = 0, 1
	if len(p.legend()) > 0 {
		top += 44 * p.k
	}
	top = min(top+8*p.k, bottom-60*p.k)
	p.area = rect{math.Round(min(left+(margin+18)*p.k, p.w*0.36)), math.Round(top), math.Round(p.w - min(right, p.w/4)), math.Round(bottom)}
}

// legend returns the tones that have to be explained: blue alone says nothing.
func (p *plot) legend() map[Tone]bool {
	there := map[Tone]bool{}
	for _, l := range p.Lanes {
		for _, life := range l.Lives {
			there[life.Tone] = true
		}
	}
	if len(there) == 1 && there[ToneInfo] {
		return nil
	}
	return there
}

// drawLegend says what the colours are, of those that there are.
func drawLegend(p *plot) {
	there := p.legend()
	x, y, size := p.area.x0, p.area.y0-18*p.k, legendSize*p.k
	for _, s := range stacked {
		if !there[s.tone] {
			continue
		}
		p.pen.round(rect{x, y - 0.72*size, x + 0.8*size, y + 0.08*size}, 4*p.k, p.lifeColor(s.tone))
		x += 1.2 * size
		p.pen.text(s.words, x, y, size, p.colors.muted)
		x += textWidth(s.words, size) + 1.4*size
	}
}

func drawLanes(p *plot) {
	size := tickSize * p.k
	high := p.area.h() / float64(max(len(p.Lanes), 1))
	for i, l := range p.Lanes {
		top := p.area.y0 + float64(i)*high
		mid, bottom := top+high/2, top+high*0.88
		p.pen.box(rect{p.area.x0, math.Round(bottom), p.area.x1, math.Round(bottom) + max(1, math.Round(1.5*p.k))}, p.colors.grid)
		name := cutMiddle(l.Name, size, p.area.x0-(margin+16)*p.k)
		p.pen.text(name, p.area.x0-16*p.k-textWidth(name, size), mid+0.36*size, size, p.colors.text)
		note := cut(l.Note, size, p.w-p.area.x1-(margin+8)*p.k)
		p.pen.text(note, p.area.x1+16*p.k, mid+0.36*size, size, p.colors.muted)
		p.drawLives(l.Lives, rect{p.area.x0, top + high*0.12, p.area.x1, bottom})
	}
	if len(p.Lanes) == 0 {
		text, big := "no incidents", 1.4*valueSize*p.k
		p.pen.text(text, (p.area.x0+p.area.x1-textWidth(text, big))/2, (p.area.y0+p.area.y1)/2+big/3, big, p.colors.faint)
	}
}

// drawLives draws a lane's lives, column by column of pixels.
func (p *plot) drawLives(all []Life, a rect) {
	columns := int(a.w())
	if columns <= 0 {
		return
	}
	changes := make([][4]int, columns+1) // by place in stacked
	for _, l := range all {
		to := l.To
		if to.IsZero() || to.After(p.To) {
			to = p.To
		}
		if l.From.After(p.To) || to.Before(p.From) || to.Before(l.From) {
			continue
		}
		x0 := max(p.x(l.From)-a.x0, 0)
		x1 := max(p.x(to)-a.x0, x0+narrowest*p.k)
		if over := x1 - a.w(); over > 0 {
			x0, x1 = max(min(x0, a.w()-narrowest*p.k), 0), a.w()
		}
		for i, s := range stacked {
			if s.tone == l.Tone {
				from := min(int(math.Round(x0)), columns-1)
				changes[from][i]++
				changes[max(min(int(math.Round(x1)), columns), from+1)][i]--
			}
		}
	}
	most := 1
	counts := make([][4]int, columns)
	var now [4]int
	for x := range counts {
		for i := range now {
			now[i] += changes[x][i]
		}
		counts[x] = now
		most = max(most, now[0]+now[1]+now[2]+now[3])
	}
	unit := a.h() / float64(most)
	for x := 0; x < columns; {
		end := x + 1
		for end < columns && counts[end] == counts[x] {
			end++
		}
		y := a.y1
		for i, n := range counts[x] {
			if n > 0 {
				h := float64(n) * unit
				p.pen.box(rect{a.x0 + float64(x), y - h, a.x0 + float64(end), y}, p.lifeColor(stacked[i].tone))
				y -= h
			}
		}
		x = end
	}
}
