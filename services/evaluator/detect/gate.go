package detect

import "math"

// gate makes one alert of an event, and says how rare an alert as strong is
// for this series.
type gate struct {
	hold float32
	// counts of onsets by strength, decayed, and the days that they are of.
	counts [levels]float32
	days   float32
	// hot is the strongest of each half hour of earlier days, decayed; peak that
	// of the half hour under way, whose number is slot, or -1.
	hot  [slots]float32
	peak float32
	slot int32
}

const (
	levels    = 48
	levelStep = 0.5
	levelBase = 2   // what is weaker is no onset
	fade      = 0.5 // strength that a day takes from hot, at most
)

// pass returns in how many days an onset as strong is expected once, and 0 for
// what is no onset: what an alert is still remembered for, or what was at this
// time of day before. days is the time since the last sample, age since the
// first; often is how many more chances a day has than one of five minutes.
func (g *gate) pass(p *params, s, days, age, often float64, slot int) float64 {
	if slot != int(g.slot) {
		if g.slot >= 0 {
			old := &g.hot[g.slot]
			*old = max(*old*float32(1-1/p.hotDays), *old-fade, g.peak)
		}
		g.slot, g.peak = int32(slot), 0
	}
	hot := max(g.hot[slot], g.hot[(slot+slots-1)%slots], g.hot[(slot+1)%slots])
	hold := float64(g.hold) * math.Exp(-days/p.rest)
	onset := s > levelBase && s > max(hold, p.hot*float64(hot))+p.margin
	g.hold = float32(max(hold, s))
	g.peak = max(g.peak, float32(s))
	if !onset {
		return 0
	}
	return 1 / (g.rate(p, s) * (1 + p.young/max(age, 0.1)) * often)
}

// rate returns how often a day an onset at least as strong is expected: by
// what was seen of this series, and what is believed of all.
func (g *gate) rate(p *params, s float64) float64 {
	seen := 0.0
	for i, c := range g.counts {
		if c > 0 {
			at := levelBase + levelStep*(float64(i)+0.5)
			seen += float64(c) / (1 + math.Exp((s-at)/p.soft))
		}
	}
	prior := math.Pow(10, p.priorRate-p.priorDecay*s)
	return (prior*p.priorDays + seen) / (p.priorDays + float64(g.days))
}

// learn takes in the time that passed, and an onset of strength s if there was
// one.
func (g *gate) learn(p *params, s, days float64, onset bool) {
	g.days += float32(days)
	if float64(g.days) > 2*p.habit {
		for i := range g.counts {
			g.counts[i] /= 2
		}
		g.days /= 2
	}
	if onset {
		g.counts[max(0, min(levels-1, int((s-levelBase)/levelStep)))]++
	}
}
