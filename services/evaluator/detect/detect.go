package detect

import (
	"math"
	"time"
)

// Options are what can be chosen.
type Options struct {
	// Zone is whose days and weeks a series follows; nil is UTC.
	Zone *time.Location
}

// Detector judges one series by its own past. It is not safe for concurrent
// use.
type Detector struct {
	p     *params
	clock clock
	s     state
}

// state is all that is remembered of a series. Values are relative to base.
type state struct {
	first, last int64 // milliseconds
	base        float64
	prev        float64 // the last value
	rows        float32 // learned
	interval    float32 // milliseconds, about the median
	near        float32 // mean of about 30 samples
	low, high   float32 // range seen
	active      int32   // Level of the event under way
	inside      int32   // samples inside the band since
	channel     [channels]channel
	rise, fall  tail
	season      season
	normal      normal
	gate        gate
}

// learningDays is the age at which alerts begin.
const learningDays = 1.25

// New returns a Detector that knows nothing yet.
func New(o Options) *Detector {
	d := &Detector{p: &shipped, clock: clock{zone: o.Zone}}
	d.s.gate.slot = -1
	return d
}

// Learning says whether the series is too young for alerts: 50 samples and
// a day and a
// quarter.
func (d *Detector) Learning() bool { return d.learning(d.s.last) }

func (d *Detector) learning(t int64) bool {
	return d.s.rows < settle || float64(t-d.s.first) < learningDays*dayMillis
}

// Expect returns what is expected at t (milliseconds since 1970), and the
// band; ok is false before the first two samples.
func (d *Detector) Expect(t int64) (expected, lower, upper float64, ok bool) {
	s := &d.s
	if s.rows < 2 {
		return 0, 0, 0, false
	}
	slot, hour := d.clock.at(t)
	g := s.season.predict(slot, hour, float64(t-s.first)/dayMillis)
	lower, upper = d.band(g.value, s.season.spread(slot, d.p.share))
	return s.base + g.value, s.base + lower, s.base + upper, true
}

// Observe judges the value v at t (milliseconds since 1970) and, with learn,
// learns it; without it, and when t is before the last sample's, nothing of it
// is kept. NaN, infinite and absurd values (above 1e30) have no verdict.
func (d *Detector) Observe(t int64, v float64, learn bool) Verdict {
	s := &d.s
	if math.IsNaN(v) || math.Abs(v) > 1e30 {
		verdict := Verdict{Learning: d.learning(t), Active: Level(s.active)}
		verdict.Expected, verdict.Lower, verdict.Upper, _ = d.Expect(t)
		return verdict
	}
	if s.rows == 0 {
		s.first, s.last, s.base, s.prev = t, t, v, v
	}
	learn = learn && t >= s.last
	m := d.look(t, v)
	strength := d.p.combine(&m.features)
	g := &s.gate
	if !learn {
		one := s.gate // what passes is not remembered
		g = &one
	}
	raw := g.pass(d.p, strength, m.days, m.age, s.often(), m.slot)
	verdict := Verdict{
		Days: d.p.calibrated(raw), Learning: d.learning(t),
		Expected: s.base + m.guess.value, Lower: s.base + m.lower, Upper: s.base + m.upper,
	}
	verdict.Score = score(verdict.Days)
	if !verdict.Learning {
		verdict.Level = levelOf(verdict.Days)
	}
	verdict.Active = Level(max(int32(verdict.Level), s.active))
	if learn {
		s.gate.learn(d.p, strength, m.days, raw > 0)
		d.learn(&m)
		d.follow(&m, verdict.Level)
		s.prev, s.last = v, t
	}
	return verdict
}

// follow notes whether an event is under way.
func (d *Detector) follow(m *moment, level Level) {
	s := &d.s
	switch {
	case level > None:
		s.active, s.inside = max(s.active, int32(level)), 0
	case m.side != 0:
		s.inside = 0
	case s.active > 0:
		if s.inside++; s.inside >= 3 {
			s.active, s.inside = 0, 0
		}
	}
}
