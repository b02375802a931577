package chart

import (
	"math"

	"github.com/parley-ops/parley/services/internal/unit"
)

// layOut decides what values are shown and where the data's area is: below the
// header, right of the value labels, left of the last values.
func (p *plot) layOut() {
	top, bottom := p.frame.y0+24*p.k, p.frame.y1-20*p.k
	if p.last {
		bottom -= 36 * p.k
	}
	switch {
	case p.first && p.Title != "":
		top += 66 * p.k
	case p.first:
		top += 22 * p.k
	case p.Title != "":
		top += 30 * p.k
	}
	if p.Subtitle != "" {
		top += 36 * p.k
	}
	if p.first && len(p.Marks) > 0 {
		top += pillHeight*p.k + 6*p.k
	}
	top = min(top, bottom-60*p.k)

	if p.Kind == KindLives {
		p.layLanes(top, bottom)
		return
	}
	lo, hi := p.bounds()
	lo, hi = p.room(lo, hi)
	most := int(min(max((bottom-top)/(tickSize*2.5*p.k), 2), 6))
	p.values = p.unit.Ticks(lo, hi, most)
	p.lo, p.hi = p.values[0].Value, p.values[len(p.values)-1].Value
	if !(p.hi > p.lo) || math.IsInf(p.hi-p.lo, 0) { // beyond what ticks can say
		p.lo, p.hi = lo, hi
		p.values = []unit.Tick{{Value: lo, Label: p.unit.Format(lo)}, {Value: hi, Label: p.unit.Format(hi)}}
	}

	left := 0.0
	for _, t := range p.values {
		left = max(left, textWidth(t.Label, tickSize*p.k))
	}
	left = min(left+(margin+16)*p.k, p.w/3)

	p.ends = p.endLabels()
	right := margin * p.k
	for _, e := range p.ends {
		right = max(right, e.width+(margin+16)*p.k)
	}
	p.area = rect{math.Round(left), math.Round(top), math.Round(p.w - right), math.Round(bottom)}
}

// room widens the range of the data to what makes a good picture: down to zero
// where that is not far, a little above the highest, and never above 100 %
// needlessly.
func (p *plot) room(lo, hi float64) (float64, float64) {
	full, percent := p.unit.Full()
	percent = percent && lo >= 0 && hi <= full
	if lo == hi {
		pad := math.Abs(lo) / 2
		if pad == 0 {
			pad = 1
		}
		if lo == 0 {
			return 0, 1
		}
		lo, hi = min(lo-pad, 0), max(hi+pad, 0)
	}
	if lo >= 0 && lo < 0.6*hi {
		lo = 0
	}
	if hi <= 0 && hi > 0.6*lo {
		hi = 0
	}
	pad := (hi - lo) * 0.05
	if hi != 0 {
		hi += pad
	}
	if lo != 0 {
		lo -= pad
	}
	if percent {
		lo, hi = max(lo, 0), min(hi, full)
	}
	return lo, hi
}
