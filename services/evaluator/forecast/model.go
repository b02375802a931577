package forecast

import "math"

// past is what a model forecasts from, beside its seasons: the level, and its
// trend a step or the last error, whichever the model has.
type past struct{ level, more float32 }

// model is what one of the bank has learned.
type model struct {
	now  past
	then [origins]past
	miss [len(leads)]float32 // decayed mean absolute error by lead; 0: none yet
}

// seasons are the profiles of all models.
type seasons struct {
	day1, day3, day4    [day]float32
	week1, week2, week5 [week]float32
}

// of returns the profiles of model k; second is nil when there is none.
func (s *seasons) of(k int) (first, second []float32) {
	switch k {
	case 0:
		return s.day1[:], s.week1[:]
	case 1:
		return s.week2[:], nil
	case 2:
		return s.day3[:], nil
	case 3:
		return s.day4[:], nil
	}
	return s.week5[:], nil
}

// at returns what is expected of step i.
func at(first, second []float32, i int) float64 {
	v := float64(first[i%len(first)])
	if second != nil {
		v += float64(second[i%len(second)])
	}
	return v
}

// ahead returns what is expected lead steps after a past; season is the
// seasons' part of that step. The result is in the model's own scale.
func (m *shape) ahead(from *past, lead int, season float64) float64 {
	y := float64(from.level) + season
	if m.trend > 0 {
		y += float64(from.more) * damped[min(lead, len(damped)-1)]
	}
	if m.memory > 0 {
		y += float64(from.more) * math.Pow(m.memory, float64(lead))
	}
	return y
}

// in returns a value in the model's scale. Far below the least of the first
// day a logarithm would know no bounds.
func (m *shape) in(y, least float64) float64 {
	if m.log {
		return math.Log(max(y, 0.05*least))
	}
	return y
}

// out is the inverse of in.
func (m *shape) out(x float64) float64 {
	if m.log {
		return math.Exp(min(x, 69)) // below 1e30
	}
	return x
}

// learn takes in the value x of step i, the nth, in the model's scale. The
// first season initialises.
func (m *shape) learn(now *past, first, second []float32, i, n int, x float64) {
	if n < m.season {
		first[i%m.season] = float32(x)
		now.level += float32((x - float64(now.level)) / float64(n+1))
		if n+1 == m.season {
			for j := range first {
				first[j] -= now.level
			}
		}
		return
	}
	base := float64(now.level) + at(first, second, i)
	trend := 0.0
	if m.trend > 0 {
		trend = damping * float64(now.more)
		base += trend
	}
	e := x - base
	if m.memory > 0 {
		e -= m.memory * float64(now.more)
	}
	now.level = float32(float64(now.level) + trend + m.level*e)
	switch {
	case m.trend > 0:
		now.more = float32(trend + m.level*m.trend*e)
	case m.memory > 0:
		now.more = float32(x - base)
	}
	first[i%len(first)] += float32(m.gain * (1 - m.level) * e)
	if second != nil {
		second[i%len(second)] += float32(m.gain2 * (1 - m.level) * e)
	}
}
