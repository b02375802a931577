package detect

import "math"

// kind is what a channel is of.
type kind int

const (
	ofValue    kind = iota // the value
	ofResidual             // what the seasons do not explain
	ofScaled               // the same, by the usual error at that time of day
	ofLocal                // distance to the mean of about 30 samples
)

// Inputs: the channels, and last the difference, which has tails of its own.
const (
	channels   = 3
	difference = channels
	inputs     = channels + 1
)

// features are what the inputs say of a sample, in decades.
type features struct {
	up, down [inputs]float32
	ready    [inputs]bool
	beyond   float32 // the range seen, as a share of it; 0: inside
	any      bool
}

// moment is all there is to say of a sample before it is learned.
type moment struct {
	features
	x, change    float64 // value and difference, relative to the base
	days, age    float64 // since the last sample, since the first
	slot, hour   int
	guess        guess
	wide         float64 // usual error at this time of day
	lower, upper float64
	side         int32 // 1 above the band, -1 below
	smooth, z    [channels]float64
	floor        [channels]float64 // deviations that are none
}

// look compares a sample with what is known, and learns nothing.
func (d *Detector) look(t int64, v float64) (m moment) {
	p, s := d.p, &d.s
	m.age = float64(t-s.first) / dayMillis
	m.x, m.change = v-s.base, v-s.prev
	m.days = max(0, float64(t-s.last)/dayMillis)
	m.slot, m.hour = d.clock.at(t)
	m.guess = s.season.predict(m.slot, m.hour, m.age)
	least := 1e-12 + 1e-4*math.Abs(v) // a difference below is none
	m.wide = max(s.season.spread(m.slot, p.share), least)
	m.lower, m.upper = d.band(m.guess.value, m.wide)
	switch {
	case s.rows < settle:
	case m.x > m.upper:
		m.side = 1
	case m.x < m.lower:
		m.side = -1
	}
	m.any = s.rows >= settle
	for i := range channels {
		of, floor := m.x, least
		switch p.kinds[i] {
		case ofResidual:
			of, floor = max(-30, min(30, (of-m.guess.value)/m.wide)), 1e-3
		case ofLocal:
			of -= float64(s.near)
		}
		m.floor[i] = floor
		var up, down float64
		up, down, m.smooth[i], m.z[i] = s.channel[i].look(p, p.spans[i], of, floor)
		m.up[i], m.down[i] = float32(up), float32(down)
		m.ready[i] = m.any && (p.kinds[i] != ofResidual || m.age >= p.seasonal)
	}
	m.up[difference] = float32(s.rise.decades(p, m.change, least))
	m.down[difference] = float32(s.fall.decades(p, -m.change, least))
	m.ready[difference] = m.any
	if out := max(m.x-float64(s.high), float64(s.low)-m.x); m.any && out > 0 {
		m.beyond = float32(min(out/max(float64(s.high-s.low), least), 1e6))
	}
	return m
}

// combine returns the strength of the evidence: the best of the inputs, and
// some of the second.
func (p *params) combine(f *features) float64 {
	if !f.any {
		return 0
	}
	best, second := math.Inf(-1), 0.0
	for i := range f.up {
		if !f.ready[i] || p.gain[i] == 0 {
			continue
		}
		c := p.gain[i]*max(float64(f.up[i]), float64(f.down[i])-p.downCost) - p.cost[i]
		if c > best {
			best, second = c, max(best, 0)
		} else if c > second {
			second = c
		}
	}
	if float64(f.beyond) > p.recordBy {
		best += p.record
	}
	return best + p.second*second
}

// band returns the band around what is expected: the tails of the residual, by
// its usual size at that time of day.
func (d *Detector) band(expected, wide float64) (lower, upper float64) {
	c := &d.s.channel[residual]
	mean, deviation := expected+float64(c.mean)*wide, float64(c.deviation)*wide
	return mean - deviation*c.down.value(d.p, bandDecades), mean + deviation*c.up.value(d.p, bandDecades)
}

// bandDecades is one in 200.
const bandDecades = 2.3

// learn takes in what look said.
func (d *Detector) learn(m *moment) {
	p, s := d.p, &d.s
	rows := float64(s.rows)
	if gap := m.days * dayMillis; gap > 0 {
		s.pace(gap)
	}
	for i := range channels {
		s.channel[i].learn(p, m.smooth[i], m.z[i], m.floor[i])
	}
	if rows > 0 {
		s.rise.learn(p, max(m.change, 0))
		s.fall.learn(p, max(-m.change, 0))
	}
	s.near += float32(max(1/(rows+1), 1.0/30) * (m.x - float64(s.near)))
	x := m.x
	if m.side != 0 && !d.learning(s.last) { // an incident teaches no more than half a band
		half := (m.upper - m.lower) / 2
		x = max(m.lower-half, min(m.upper+half, x))
	}
	per := max(1, slotMillis/max(1, float64(s.interval)))
	s.season.learn(p, &m.guess, x, per, m.slot, m.hour, rows)
	if by := s.normal.learn(m.x-m.guess.value, m.side, float32(m.days)); by != 0 {
		s.season.shift(by)
		for i := range channels {
			if p.kinds[i] == ofValue {
				s.channel[i].mean += by
			}
		}
	}
	s.low, s.high = min(s.low, float32(m.x)), max(s.high, float32(m.x))
	s.rows++
}

// pace follows the interval, about its median.
func (s *state) pace(gap float64) {
	known := float64(s.interval)
	switch {
	case known == 0 || gap > 0.9*known && gap < 1.1*known:
		known = gap
	case gap > known:
		known *= 1.05
	default:
		known /= 1.05
	}
	s.interval = float32(known)
}

// often is the square root of how much shorter than five minutes the interval
// is: neighbouring samples are no independent chances.
func (s *state) often() float64 {
	if s.interval <= 0 || s.interval >= 5*60_000 {
		return 1
	}
	return math.Sqrt(5 * 60_000 / float64(s.interval))
}
