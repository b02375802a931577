package forecast

import (
	"math"
	"time"
)

// At returns what is expected of the step that t (milliseconds) is in; ok is
// false for the past, and before the first value.
func (f *Forecaster) At(t int64) (_ Forecast, ok bool) {
	long := f.opts.Step.Milliseconds()
	lead := (t-f.s.start)/long - int64(f.s.step)
	if t < f.s.start || lead < 1 || lead > math.MaxInt32/2 {
		return Forecast{}, false
	}
	return f.Ahead(int(lead))
}

// Ahead returns what is expected of the step that comes lead steps after the
// last value's, for which that step counts as it is; ok is false before the
// first value, and for a lead below 1.
func (f *Forecaster) Ahead(lead int) (_ Forecast, ok bool) {
	if lead < 1 {
		return Forecast{}, false
	}
	if f.s.count > 0 {
		now := *f // what the step under way will be is not for keeps
		now.close()
		return now.ahead(lead)
	}
	return f.ahead(lead)
}

// Path returns what is expected of the next n steps; nil before the first
// value.
func (f *Forecaster) Path(n int) []Forecast {
	now := *f
	if now.s.count > 0 {
		now.close()
	}
	var path []Forecast
	for lead := 1; lead <= n; lead++ {
		next, ok := now.ahead(lead)
		if !ok {
			return nil
		}
		path = append(path, next)
	}
	return path
}

// Learning says whether seasons are still being learned: the day's in the
// first 24 steps.
func (f *Forecaster) Learning() bool { return f.s.steps < day }

// Step returns the length of a step.
func (f *Forecaster) Step() time.Duration { return f.opts.Step }

func (f *Forecaster) ahead(lead int) (_ Forecast, ok bool) {
	s := &f.s
	if s.steps == 0 {
		return Forecast{}, false
	}
	i := int(s.step) + lead
	var said [models]float64
	for k := range said {
		m := &f.p.bank[k]
		said[k] = math.NaN()
		if f.fits(m) && int(s.steps) >= m.season {
			first, second := s.season.of(k)
			said[k] = m.out(m.ahead(&s.model[k].now, lead, at(first, second, i)))
		}
	}
	y, ok := f.mix(&said, lead)
	if !ok {
		y = s.last
	}
	e := f.width(lead)
	return Forecast{Value: y, Lower: y - e, Upper: y + e}, true
}

// width returns half the 95 % interval.
func (f *Forecaster) width(lead int) float64 {
	s := &f.s
	a, share := near(lead)
	if s.known[a] == 0 || s.known[a+1] == 0 {
		return 3 * float64(s.change) * math.Sqrt(float64(lead)) // of a walk by chance
	}
	e := (1-share)*float64(s.miss[a])*f.p.width[a] + share*float64(s.miss[a+1])*f.p.width[a+1]
	if lead > reach {
		e *= math.Sqrt(float64(lead) / reach)
	}
	return e
}

// mix weighs what the models said by how wrong they were at this lead; NaN is
// nothing said.
func (f *Forecaster) mix(said *[models]float64, lead int) (float64, bool) {
	a, share := near(lead)
	var miss [models]float64
	least := math.Inf(1)
	for k := range said {
		by := &f.s.model[k].miss
		miss[k] = (1-share)*float64(by[a]) + share*float64(by[a+1])
		if by[a] == 0 || by[a+1] == 0 { // nothing yet of this lead
			for _, v := range by {
				miss[k] = max(miss[k], float64(v))
			}
		}
		if !math.IsNaN(said[k]) && miss[k] > 0 {
			least = min(least, miss[k])
		}
	}
	sum, weights := 0.0, 0.0
	for k, v := range said {
		if math.IsNaN(v) {
			continue
		}
		w := 1e-6 // never compared, while others were
		switch {
		case miss[k] > 0:
			w = math.Pow(least/miss[k], f.p.power)
		case math.IsInf(least, 1):
			w = 1
		}
		sum += w * v
		weights += w
	}
	return sum / weights, weights > 0
}
