package forecast

import (
	"math"
	"time"
)

// state is all that is remembered of a series.
type state struct {
	start int64   // milliseconds: the beginning of step 0
	step  int32   // number of the step under way, or of the one learned last
	steps int32   // learned
	count int32   // values of the step under way
	sum   float64 // of them
	last  float64 // value of the step learned last

	least  float32 // smallest value of the first day
	change float32 // decayed mean absolute difference of steps
	origin [origins]int32
	model  [models]model
	season seasons
	miss   [len(leads)]float32 // decayed mean absolute error of the mixture
	known  [len(leads)]float32 // errors in it
}

// Forecaster forecasts one series from its own past. It is not safe for
// concurrent use.
type Forecaster struct {
	p    *params
	opts Options
	s    state
}

// Options are what can be chosen.
type Options struct {
	// Step is what values are averaged over; seasons are 24 and 168 steps.
	// Default an hour, so that they are a day and a week.
	Step time.Duration
}

// Forecast is what is expected of a step, with the interval that holds it in
// 95 of 100 cases.
type Forecast struct {
	Value, Lower, Upper float64
}

// New returns a Forecaster that knows nothing yet.
func New(o Options) *Forecaster {
	if o.Step < time.Millisecond {
		o.Step = time.Hour
	}
	f := &Forecaster{p: &shipped, opts: o}
	for i := range f.s.origin {
		f.s.origin[i] = -1
	}
	return f
}

// Observe takes in the value v at t (milliseconds since 1970). What is older
// than the step under way, no number, or not to be learned is left out.
func (f *Forecaster) Observe(t int64, v float64, learn bool) {
	s := &f.s
	if !usable(v) || !learn {
		return
	}
	long := f.opts.Step.Milliseconds()
	if s.steps == 0 && s.count == 0 {
		s.start = t - ((t%long)+long)%long
	}
	if t < s.start || (t-s.start)/long > math.MaxInt32/2 {
		return
	}
	step := int32((t - s.start) / long)
	switch {
	case step < s.step || step == s.step && s.count == 0 && s.steps > 0:
		return
	case step > s.step && s.count > 0:
		f.close()
	}
	s.step = step
	s.sum += v
	s.count++
}

// close learns the step under way.
func (f *Forecaster) close() {
	s := &f.s
	y := s.sum / float64(s.count)
	s.sum, s.count = 0, 0
	f.learn(int(s.step), y)
}

// learn takes in the value y of step i.
func (f *Forecaster) learn(i int, y float64) {
	s := &f.s
	switch {
	case s.steps == 0:
		s.least = float32(y)
	case s.steps < day:
		s.least = min(s.least, float32(y))
	}
	if s.steps > 0 {
		s.change += float32(max(f.p.decay, 1/float64(s.steps)) * (math.Abs(y-s.last) - float64(s.change)))
	}
	for o, begin := range s.origin {
		if lead := i - int(begin); begin >= 0 && lead >= 1 && lead <= reach {
			f.compare(o, lead, i, y)
		}
	}
	for k := range f.p.bank {
		if m := &f.p.bank[k]; f.fits(m) {
			first, second := s.season.of(k)
			m.learn(&s.model[k].now, first, second, i, int(s.steps), m.in(y, float64(s.least)))
		}
	}
	s.last = y
	s.steps++
	if i%apart == 0 {
		o := (i / apart) % origins
		s.origin[o] = int32(i)
		for k := range s.model {
			s.model[k].then[o] = s.model[k].now
		}
	}
}

// fits says whether a model can be of this series: no logarithms of what is
// not above zero.
func (f *Forecaster) fits(m *shape) bool { return !m.log || f.s.least > 0 }

// compare notes how wrong the models and their mixture were that forecast the
// value y of step i from origin o, lead steps before.
func (f *Forecaster) compare(o, lead, i int, y float64) {
	s, g := &f.s, group(lead)
	var said [models]float64
	for k := range said {
		m := &f.p.bank[k]
		said[k] = math.NaN()
		if f.fits(m) && int(s.steps) >= m.season+lead {
			first, second := s.season.of(k)
			said[k] = m.out(m.ahead(&s.model[k].then[o], lead, at(first, second, i)))
		}
	}
	if mixed, ok := f.mix(&said, lead); ok {
		s.known[g] = min(s.known[g]+1, 1e6)
		s.miss[g] += float32(max(f.p.decay, 1/float64(s.known[g])) * (math.Abs(y-mixed) - float64(s.miss[g])))
	}
	for k, v := range said {
		if math.IsNaN(v) {
			continue
		}
		miss, share := &s.model[k].miss[g], f.p.decay
		if *miss == 0 {
			share = 1
		}
		*miss += float32(share * (math.Abs(y-v) - float64(*miss)))
	}
}
