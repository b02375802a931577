package detect

import "math"

const (
	slotMillis = 30 * 60_000
	hourMillis = 3_600_000
	dayMillis  = 24 * hourMillis
	slots      = 48
	hours      = 168
)

// Predictions of the value at a time, and how many there are.
const (
	byLevel = iota // mean of about a day
	byDay          // mean at this time of day, slow
	byFast         // the same, of the last days
	byWeek         // mean at this hour of the week
	predictions
)

// season knows what is usual at a time of day and of the week. Values are
// relative to the state's base.
type season struct {
	level     float32
	day, fast [slots]float32
	wide      [slots]float32 // mean absolute error at this time of day
	week      [hours]float32
	daySeen   [slots]uint16
	weekSeen  [hours]uint16
	miss      [predictions]float32 // mean absolute error
}

// guess is what is expected of a moment.
type guess struct {
	by    [predictions]float64
	seen  [predictions]bool // there is one, and its error can be learned
	known [predictions]bool // its error is known
	value float64           // of all that are known
}

// predict mixes the predictions by error^-4. days is the age of the series.
func (s *season) predict(slot, hour int, days float64) guess {
	day, week := s.daySeen[slot] > 0 && days >= 1, s.weekSeen[hour] > 0 && days >= 7
	g := guess{
		by:    [predictions]float64{float64(s.level), float64(s.day[slot]), float64(s.fast[slot]), float64(s.week[hour])},
		seen:  [predictions]bool{true, day, day, week},
		known: [predictions]bool{true, day && days >= 1.25, day && days >= 1.25, week && days >= 8},
	}
	best := math.Inf(1)
	for i, known := range g.known {
		if known {
			best = min(best, float64(s.miss[i]))
		}
	}
	sum, weights := 0.0, 0.0
	for i, known := range g.known {
		if !known {
			continue
		}
		w := 1.0
		if m := float64(s.miss[i]); m > best {
			w = best / m
			w *= w
			w *= w
		}
		sum += w * g.by[i]
		weights += w
	}
	g.value = sum / weights
	return g
}

// learn takes in the value x; per is the number of samples in half an hour,
// rows how many were seen.
func (s *season) learn(p *params, g *guess, x, per float64, slot, hour int, rows float64) {
	share := max(1/(rows+1), 1.0/2000)
	for i, seen := range g.seen {
		if seen {
			s.miss[i] += float32(share * (math.Abs(x-g.by[i]) - float64(s.miss[i])))
		} else {
			s.miss[i] = s.miss[byLevel]
		}
	}
	s.level += float32(max(1/(rows+1), 1/(slots*per)) * (x - float64(s.level)))

	n := min(s.daySeen[slot], math.MaxUint16-1) + 1
	s.daySeen[slot] = n
	first := 1 / float64(n)
	fast := max(p.fastRate/per, first)
	s.wide[slot] += float32(fast * (math.Abs(x-g.value) - float64(s.wide[slot])))
	s.fast[slot] += float32(fast * (x - float64(s.fast[slot])))
	s.day[slot] += float32(max(p.dayRate/per, first) * (x - float64(s.day[slot])))

	n = min(s.weekSeen[hour], math.MaxUint16-1) + 1
	s.weekSeen[hour] = n
	s.week[hour] += float32(max(p.weekRate/(2*per), 1/float64(n)) * (x - float64(s.week[hour])))
}

// spread is the usual error at this time of day, and share of that at all.
func (s *season) spread(slot int, share float64) float64 {
	all := min(s.miss[byLevel], s.miss[byDay], s.miss[byFast])
	return float64(s.wide[slot]) + share*float64(all)
}

// shift moves everything by as much.
func (s *season) shift(by float32) {
	s.level += by
	for i := range s.day {
		s.day[i] += by
		s.fast[i] += by
	}
	for i := range s.week {
		s.week[i] += by
	}
}
