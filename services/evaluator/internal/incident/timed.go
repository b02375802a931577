package incident

import (
	"math"

	"github.com/parley-ops/parley/services/evaluator/internal/memory"
	"github.com/parley-ops/parley/services/evaluator/policy"
)

// nextTurn returns when a condition on the series may change by time alone.
func (s *State) nextTurn(x *series) int64 {
	next := int64(math.MaxInt64)
	if x.gone {
		return next
	}
	h := 0
	for k := range x.list.slots {
		sl := &x.list.slots[k]
		was := h < len(x.held) && int(x.held[h].slot) == k
		if was {
			h++
		}
		switch {
		case sl.Event != nil:
			if was && sl.Event.Lasts > 0 {
				next = min(next, x.mem.events.of[sl.event].until(sl.Event))
			}
		case sl.kind.Timed:
			if !was && x.at > 0 {
				next = min(next, s.silentAt(x, sl))
			}
		case sl.count >= 0 && sl.points.every > 0:
			if d := &x.mem.counts[sl.count]; !d.Idle(sl.points.of) {
				next = min(next, (d.Head()+2)*sl.points.every+sl.points.patience(d))
			}
		}
	}
	if next < math.MaxInt64 {
		next = max(next, s.time+1)
	}
	return next
}

// silentAt returns from when on the series is absent, or its check expired.
func (s *State) silentAt(x *series, sl *slot) int64 {
	since := x.seen
	if sl.Kind == "expires" {
		since = min(x.at, x.seen)
	}
	return max(since+int64(sl.params.At), s.quietUntil)
}

// patience is how long after the end of a datapoint its sample may come: as late
// as they do lately, and half a datapoint.
func (n *counting) patience(d *memory.Datapoints) int64 { return d.Late() + n.every/2 }

// pass judges what changes on a series by time alone.
func (s *State) pass(i uint32) {
	x := &s.series[i]
	if x.gone {
		return
	}
	h := 0
	for k := range x.list.slots {
		sl := &x.list.slots[k]
		was := h < len(x.held) && int(x.held[h].slot) == k
		switch {
		case sl.Event != nil:
			if holds := x.mem.events.of[sl.event].holds(sl.Event, s.time); holds != was {
				h = s.turn(i, k, h, was, holds, &sl.params)
				continue
			}
		case sl.kind.Timed:
			if !was && x.at > 0 && s.time >= s.silentAt(x, sl) {
				h = s.turn(i, k, h, false, true, &sl.params)
				continue
			}
		case sl.count >= 0 && sl.points.every > 0:
			d := &x.mem.counts[sl.count]
			d.Pass((s.time-sl.points.patience(d))/sl.points.every - 1)
			params := sl.params
			if sl.moving {
				params, _ = s.numbers(x, sl)
			}
			holds := sl.points.holds(d, was)
			if !was && sl.rule.p.NoData == policy.OK && s.time-x.seen >= sl.window(x.interval) {
				holds = false // silent, which does not hold
			}
			if holds != was {
				h = s.turn(i, k, h, was, holds, &params)
				continue
			}
		}
		if was {
			h++
		}
	}
}
