package incident

import (
	"math"

	"github.com/parley-ops/parley/services/evaluator/policy"
)

// watch makes sure that silence of a series will be noticed, if anybody wants
// to know.
func (s *State) watch(i uint32) {
	x := &s.series[i]
	if x.list == nil || x.watched != 0 && !x.list.timed {
		return
	}
	at := int64(math.MaxInt64)
	if x.list.alert || x.told {
		if after := s.nextSilence(i); after < math.MaxInt64 {
			at = max(x.seen+after, s.quietUntil, 1)
		}
	}
	if x.list.timed {
		at = min(at, s.nextTurn(x))
	}
	if at < math.MaxInt64 && (x.watched == 0 || at < x.watched) {
		x.watched = at
		s.due.push(deadline{at: at, key: x.id})
	}
}

// nextSilence returns the shortest window of the series' conditions that it
// has not been silent for yet.
func (s *State) nextSilence(i uint32) int64 {
	x := &s.series[i]
	next := int64(math.MaxInt64)
	if x.list == nil {
		return next
	}
	for k := range x.list.slots {
		if w := x.list.slots[k].window(x.interval); w > x.silent && w < next {
			next = w
		}
	}
	return next
}

// listen looks whether a series is silent, and tells those who want to know.
func (s *State) listen(i uint32) {
	x := &s.series[i]
	if x.list == nil {
		return
	}
	if x.list.timed {
		s.pass(i)
	}
	if !x.list.alert && !x.told {
		s.watch(i)
		return
	}
	age, silent := s.time-x.seen, x.silent
	h := 0
	for k := range x.list.slots {
		sl := &x.list.slots[k]
		var cur *hold
		if h < len(x.held) && int(x.held[h].slot) == k {
			cur = &x.held[h]
			h++
		}
		if w := sl.window(x.interval); w > x.silent && w <= age {
			silent = max(silent, w)
			if sl.census || sl.rule.p.NoData == policy.Alert || x.told {
				f := factOf(x, cur, cur != nil)
				f.gone = true
				s.tell(i, sl, f)
			}
		}
	}
	x.silent = silent
	if s.nextSilence(i) == math.MaxInt64 {
		x.told = len(x.held) > 0
	}
	s.watch(i)
}

// speak tells that a silent series is there again.
func (s *State) speak(i uint32) {
	x := &s.series[i]
	x.silent = 0
	h := 0
	for k := range x.list.slots {
		sl := &x.list.slots[k]
		var cur *hold
		if h < len(x.held) && int(x.held[h].slot) == k {
			cur = &x.held[h]
			h++
		}
		s.tell(i, sl, factOf(x, cur, cur != nil))
	}
	s.watch(i)
}

// announce tells wide groups that want to know of silence that the series is
// there.
func (s *State) announce(i uint32) {
	x := &s.series[i]
	for k := range x.list.slots {
		if sl := &x.list.slots[k]; !sl.rule.near && (sl.census || sl.rule.p.NoData == policy.Alert) {
			s.tell(i, sl, factOf(x, nil, false))
		}
	}
}

// sweep forgets series without data for long, unless somebody waits for them
// or they are as slow as that, and their resources.
func (s *State) sweep() {
	for i := range s.series {
		x := &s.series[i]
		if x.id == 0 || s.time-x.seen < s.forgetAfter(x) || len(x.held) > 0 ||
			!x.gone && x.list != nil && (x.list.alert || s.time-x.seen < x.list.waits+forgetAfter) ||
			x.fixed && s.time-x.seen < 3*int64(x.interval) {
			continue
		}
		delete(s.ids, x.id)
		delete(s.before, x.id)
		delete(s.departed, x.id)
		r := x.res
		r.team.series--
		for k, j := range r.series {
			if int(j) == i {
				r.series = append(r.series[:k], r.series[k+1:]...)
				break
			}
		}
		if len(r.series) == 0 && s.resources[r.hash] == r {
			delete(s.resources, r.hash)
		}
		*x = series{}
		s.free = append(s.free, uint32(i))
	}
	for id, h := range s.unknown {
		if s.time-h.at > forgetAfter {
			delete(s.unknown, id)
		}
	}
	s.sweepRefused()
	s.forgetRevisions(s.time - forgetAfter)
	for len(s.resolved) > 0 && s.time-s.resolved[0].at > rememberFor {
		s.resolved = s.resolved[1:]
	}
}
