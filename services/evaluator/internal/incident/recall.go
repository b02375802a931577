package incident

import (
	"math"
	"slices"

	"github.com/parley-ops/parley/services/evaluator/forecast"
	"github.com/parley-ops/parley/services/evaluator/internal/memory"
)

// kept says where in old memories what a slot alone uses is; -1: nowhere.
type kept struct {
	count, reach, event func(*slot) int
}

// recall gives a series the memories that its conditions need: of those it had
// what is still of use, the rest from its history.
func (s *State) recall(x *series, old *memories, where kept) {
	if x.list == nil || x.list.remembers == nil {
		return
	}
	r := x.list.remembers
	x.mem = &memories{pasts: make([]memory.Past, len(r.spans)), counts: make([]memory.Datapoints, r.counts),
		bases: make([]baseline, len(r.zones)), reach: make([]reaching, r.reach)}
	s.learnAgain(x, old)
	x.mem.events = r.happenings(old)
	for k, span := range r.spans {
		if old != nil {
			if o := slices.IndexFunc(old.pasts, func(p memory.Past) bool { return p.Span() == span }); o >= 0 {
				x.mem.pasts[k] = old.pasts[o]
				continue
			}
		}
		p := memory.NewPast(span)
		x.lived(p.Add)
		x.mem.pasts[k] = p
	}
	for k := range x.list.slots {
		sl := &x.list.slots[k]
		if sl.reach >= 0 && old != nil && where.reach != nil {
			if o := where.reach(sl); o >= 0 {
				x.mem.reach[sl.reach] = old.reach[o]
			}
		}
		if sl.event >= 0 && old != nil && where.event != nil {
			if o := where.event(sl); o >= 0 {
				x.mem.events.of[sl.event] = old.events.of[o]
			}
		}
		if sl.count < 0 {
			continue
		}
		if old != nil && where.count != nil {
			if o := where.count(sl); o >= 0 {
				x.mem.counts[sl.count] = old.counts[o]
				continue
			}
		}
		if sl.moving {
			continue // what it was compared with then is not known
		}
		d, prev := &x.mem.counts[sl.count], math.NaN()
		x.hist.All(func(t int64, v float64) bool {
			if t == x.hist.Last() { // times in the history are off by a little
				t, v = x.at, x.last
			}
			if t <= x.at {
				d.Add(t, sl.points.every, sl.kind.Holds(&sl.params, v, prev, d.Held(t)))
				prev = v
			}
			return true
		})
	}
}

// happenings returns room for what the conditions on events know; what came before
// they did is not known.
func (r *remembers) happenings(old *memories) *happenings {
	if r.events == 0 {
		return nil
	}
	e := &happenings{of: make([]happening, r.events)}
	if old != nil && old.events != nil {
		e.recent, e.next = old.events.recent, old.events.next
	}
	return e
}

// lived calls f with every sample of the history that was in time.
func (x *series) lived(f func(at int64, v float64)) {
	x.hist.All(func(t int64, v float64) bool {
		if t <= x.at {
			f(t, v)
		}
		return true
	})
}

// learnAgain takes over what was learned; what was not is learned from the
// history.
func (s *State) learnAgain(x *series, old *memories) {
	r := x.list.remembers
	for k, zone := range r.zones {
		if old != nil {
			if o := slices.IndexFunc(old.bases, func(b baseline) bool { return b.zone == zone }); o >= 0 {
				x.mem.bases[k] = old.bases[o]
				continue
			}
		}
		x.mem.bases[k] = newBaseline(zone)
		x.lived(func(at int64, v float64) { x.mem.bases[k].observe(at, v, s.teaches(x.res, at)) })
	}
	x.mem.given = make([]explained, len(r.given))
	for k, names := range r.given {
		x.mem.given[k] = newExplained(names) // the pairs of its history are not known
		if old != nil {
			if o := explainedBy(old.given, names); o >= 0 {
				x.mem.given[k] = old.given[o]
			}
		}
	}
	if r.reach == 0 {
		return
	}
	if old != nil && old.fill != nil {
		x.mem.fill = old.fill
		return
	}
	x.mem.fill = forecast.NewFilling()
	x.lived(func(at int64, v float64) { x.mem.fill.Observe(at, v, s.teaches(x.res, at)) })
}

// remember takes in the newest sample, which is learned or only judged.
func (x *series) remember(at int64, v float64, learn bool) {
	for k := range x.mem.bases {
		x.mem.bases[k].observe(at, v, learn)
	}
	if x.mem.fill != nil {
		x.mem.fill.Observe(at, v, learn)
		for k := range x.list.slots {
			if sl := &x.list.slots[k]; sl.reach >= 0 {
				x.mem.reach[sl.reach].look(x.mem.fill, at, sl.params.At)
			}
		}
	}
	x.keep(at, v)
}

// keep takes a sample into the pasts.
func (x *series) keep(at int64, v float64) {
	for k := range x.mem.pasts {
		x.mem.pasts[k].Add(at, v)
	}
}

// rememberLate takes a late sample to where it belongs.
func (x *series) rememberLate(at int64, v float64) {
	if x.mem == nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	x.keep(at, v)
	for k := range x.list.slots {
		if sl := &x.list.slots[k]; sl.count >= 0 && !sl.moving {
			x.mem.counts[sl.count].AddLate(at, sl.points.every, sl.kind.Holds(&sl.params, v, math.NaN(), false))
		}
	}
}

// correct gives a sample another value.
func (x *series) correct(at int64, v float64) {
	if x.mem == nil {
		return
	}
	for k := range x.mem.pasts {
		x.mem.pasts[k].Set(at, v)
	}
	if at < x.at {
		for k := range x.list.slots {
			if sl := &x.list.slots[k]; sl.count >= 0 && !sl.moving {
				x.mem.counts[sl.count].AddLate(at, sl.points.every, sl.kind.Holds(&sl.params, v, math.NaN(), false))
			}
		}
	}
}
