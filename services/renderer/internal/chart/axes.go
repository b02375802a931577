package chart

import "math"

// drawGrid draws a line per value tick and the labels of both axes.
func drawGrid(p *plot) {
	size := tickSize * p.k
	thin := max(1, math.Round(1.5*p.k))
	for i, t := range p.values {
		y := math.Round(p.y(t.Value))
		c := p.colors.grid
		if i == 0 {
			c = p.colors.axis
		}
		p.pen.box(rect{p.area.x0, y, p.area.x1, y + thin}, c)
		label := cut(t.Label, size, p.area.x0-20*p.k)
		p.pen.text(label, p.area.x0-16*p.k-textWidth(label, size), y+0.36*size, size, p.colors.muted)
	}
	p.drawTimes(size, thin)
	if p.empty() {
		text, big := "no data", 1.4*valueSize*p.k
		p.pen.text(text, (p.area.x0+p.area.x1-textWidth(text, big))/2, (p.area.y0+p.area.y1)/2+big/3, big, p.colors.faint)
	}
}

// drawTimes writes the time ticks that have room.
func (p *plot) drawTimes(size, thin float64) {
	base := p.area.y1 + 38*p.k
	until := 4 * p.k // where the last label ended
	for _, t := range p.times {
		x, width := p.x(t.at), textWidth(t.label, size)
		p.pen.box(rect{x - thin/2, p.area.y1, x + thin/2, p.area.y1 + 8*p.k}, p.colors.axis)
		label := min(x-width/2, p.w-4*p.k-width)
		if label < until || !p.last {
			continue
		}
		c := p.colors.muted
		if t.major {
			c = p.colors.text
		}
		p.pen.text(t.label, label, base, size, c)
		until = label + width + 0.7*size
	}
}

// drawHeader writes the title and what was found, with a bar in the tone's
// colour, and in the corner the day and the zone of the times.
func drawHeader(p *plot) {
	if !p.first {
		title := cut(p.Title, subtitleSize*p.k, p.area.w())
		p.pen.text(title, p.area.x0, p.area.y0-18*p.k, subtitleSize*p.k, p.colors.text)
		return
	}
	x, y := margin*p.k, margin*0.8*p.k
	top := y
	if p.Tone != ToneNone && (p.Title != "" || p.Subtitle != "") {
		x += 22 * p.k
	}
	width := p.w - x - margin*p.k
	if p.Title != "" {
		when, size := p.To.In(p.Location).Format("2 Jan, MST"), 0.9*tickSize*p.k
		corner := textWidth(when, size)
		y += 44 * p.k
		p.pen.text(when, p.w-margin*p.k-corner, y-13*p.k, size, p.colors.faint)
		title := cut(p.Title, titleSize*p.k, width-corner-24*p.k)
		p.pen.text(title, x, y-13*p.k, titleSize*p.k, p.colors.text)
	}
	if p.Subtitle != "" {
		y += 36 * p.k
		p.pen.text(cut(p.Subtitle, subtitleSize*p.k, width), x, y-9*p.k, subtitleSize*p.k, p.colors.muted)
	}
	if x > margin*p.k {
		p.pen.round(rect{margin * p.k, top + 2*p.k, (margin + 8) * p.k, y}, 4*p.k, p.colors.tone(p.Tone))
	}
}
