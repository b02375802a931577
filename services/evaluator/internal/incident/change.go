package incident

import (
	"cmp"
	"maps"
	"slices"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
)

// settleFor is how long an incident of a changed wide policy waits for facts
// of the new one.
const settleFor = int64(10 * time.Second / time.Millisecond)

// policies puts a set in force. Incidents of a policy that keeps its name and
// its `by` are carried over; what still tests the same goes on as if nothing
// had happened.
func (s *State) policies(set *policy.Set, revision uint64) {
	s.set, s.revision = set, revision
	s.rules = compile(set)
	s.byName = make(map[string]*rule, len(s.rules))
	for _, r := range s.rules {
		s.byName[r.p.Name] = r
	}
	s.index()
	for _, key := range slices.Sorted(maps.Keys(s.groups)) {
		s.regroup(s.groups[key])
	}
	// By id: the order must not depend on that in memory.
	order := make([]uint32, 0, len(s.ids))
	for _, i := range s.ids {
		order = append(order, i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(s.series[a].id, s.series[b].id) })
	for _, i := range order {
		s.rebind(i)
	}
	parked := s.parked
	s.parked = nil
	for _, b := range parked {
		if b.GetPolicyRevision() > revision {
			s.parked = append(s.parked, b)
			continue
		}
		s.apply(b)
	}
}

// regroup gives a group the rule of the new set, or ends it.
func (s *State) regroup(g *group) {
	old, next := g.rule, s.byName[g.rule.p.Name]
	same := next != nil && next.near == old.near && slices.Equal(next.by, old.by)
	switch {
	case next == nil:
		s.finish(g, eventv1.IncidentReason_INCIDENT_REASON_POLICY_REMOVED, "the policy was removed")
	case !same:
		s.finish(g, eventv1.IncidentReason_INCIDENT_REASON_POLICY_CHANGED, "the policy groups by other labels now")
	case next.p.Hash == old.p.Hash:
		g.rule = next
		return
	default:
		g.rule = next
		g.members, g.due, g.unsettled = nil, 0, s.time
		if !next.near {
			g.unsettled += settleFor
		}
		s.touch(g)
		return
	}
	g.members, g.dirty = nil, false
	delete(s.groups, g.key)
}

// rebind finds the conditions on a series anew. What held and still tests the
// same, holds; the rest is tested now.
func (s *State) rebind(i uint32) {
	x := &s.series[i]
	old, held := x.list, x.held
	x.list, x.held = s.listFor(x.name, x.res.labels(), x.unit), nil
	mem := x.mem
	x.mem = nil
	if x.list == nil || !x.list.turns {
		delete(s.before, x.id)
	}
	if x.list == nil {
		x.watched, x.told = 0, false
		return
	}
	same := func(sl *slot) *slot {
		if old == nil {
			return nil
		}
		for k := range old.slots {
			o := &old.slots[k]
			if o.rule.p.Name == sl.rule.p.Name && o.rule.p.Hash == sl.rule.p.Hash && o.index == sl.index && o.params == sl.params {
				return o
			}
		}
		return nil
	}
	place := func(of func(*slot) int) func(*slot) int {
		return func(sl *slot) int {
			if o := same(sl); o != nil {
				return of(o)
			}
			return -1
		}
	}
	s.recall(x, mem, kept{place(func(o *slot) int { return o.count }), place(func(o *slot) int { return o.reach }), place(func(o *slot) int { return o.event })})
	var fresh []int
	for k := range x.list.slots {
		sl := &x.list.slots[k]
		o := same(sl)
		if o == nil {
			fresh = append(fresh, k)
			continue
		}
		for _, h := range held {
			if &old.slots[h.slot] == o {
				h.slot = uint16(k)
				x.held = append(x.held, h)
			}
		}
	}
	s.withdraw(i, old, held)
	for _, k := range fresh {
		if x.gone {
			break
		}
		s.start(i, k)
	}
	x.watched = 0
	s.watch(i)
}

// withdraw takes back what held by numbers that count no more, where the
// policy itself is as before: the unit of the series changed.
func (s *State) withdraw(i uint32, old *list, held []hold) {
	x := &s.series[i]
	for n := range held {
		o := &old.slots[held[n].slot]
		for k := range x.list.slots {
			sl := &x.list.slots[k]
			if sl.rule.p.Name == o.rule.p.Name && sl.rule.p.Hash == o.rule.p.Hash && sl.index == o.index && sl.params != o.params {
				s.tell(i, sl, factOf(x, &held[n], false))
			}
		}
	}
}

// start tests a condition that is new on a series by its newest value.
func (s *State) start(i uint32, k int) {
	x := &s.series[i]
	sl := &x.list.slots[k]
	params := sl.params
	ok := x.at > 0 && x.silent == 0 && s.time-x.seen <= sl.window(x.interval)
	if ok && sl.moving {
		params, ok = s.numbers(x, sl)
	}
	switch {
	case sl.kind.Timed:
		ok = false // the next turn will tell
	case sl.Event != nil:
		ok = x.mem.events.of[sl.event].holds(sl.Event, s.time)
	case sl.points != nil:
		ok = ok && sl.points.holds(&x.mem.counts[sl.count], false)
	case ok && sl.Expr != nil:
		truth, known := s.expression(x, sl, x.last)
		ok = truth && known
	case ok && sl.own():
		ok = x.learned(sl, false, false)
	case ok:
		ok = sl.kind.Holds(&params, x.last, x.last, false)
	}
	if ok {
		h := hold{slot: uint16(k), since: x.at, began: s.time, sent: s.time, peak: x.last}
		x.hist.All(func(t int64, v float64) bool { // it may have held before anybody asked
			switch {
			case t >= x.at, sl.Past != nil, sl.points != nil, sl.own(), sl.learns():
			case !sl.kind.Holds(&params, v, v, false):
				h.since, h.peak = x.at, x.last
			default:
				h.since = min(h.since, t)
				if sl.kind.Worse(&params, v, h.peak) {
					h.peak = v
				}
			}
			return true
		})
		h.before, h.hasBefore = x.hist.Before(h.since, beforeSamples)
		h.line, h.hasLine = sl.kind.Line(&params, x.last)
		at, _ := slices.BinarySearchFunc(x.held, h.slot, func(e hold, slot uint16) int { return cmp.Compare(e.slot, slot) })
		x.held = slices.Insert(x.held, at, h)
		s.tell(i, sl, factOf(x, &x.held[at], true))
		return
	}
	if !sl.rule.near && (sl.census || sl.rule.p.NoData == policy.Alert) {
		s.tell(i, sl, factOf(x, nil, false))
	}
}
