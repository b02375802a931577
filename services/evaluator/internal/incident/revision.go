package incident

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// sampleKey is one sample of a series.
type sampleKey struct {
	id uint64
	at int64 // ms
}

// maxRevised bounds of how many samples it is remembered which revision came.
// Most samples come once, with revision 0, and need nothing.
const maxRevised = 16_384

// again takes in a sample that is not newer than the series' newest.
func (s *State) again(i uint32, at int64, v float64, rev uint32) {
	x := &s.series[i]
	switch {
	case rev == 0 && at == x.at:
		s.counts.Duplicates++
	case rev == 0:
		s.counts.Late++
		x.hist.Insert(at, v, s.opt.History)
		x.rememberLate(at, v)
	case math.IsNaN(v) || math.IsInf(v, 0):
	case !s.supersedes(x.id, at, rev):
		s.counts.Duplicates++
	case at < x.at:
		s.counts.Late++
		x.hist.Set(at, v, s.opt.History)
		x.correct(at, v)
	default:
		s.revise(i, v)
	}
}

// supersedes reports whether the revision is higher than what came of that
// sample before, and remembers it if so.
func (s *State) supersedes(id uint64, at int64, rev uint32) bool {
	k := sampleKey{id, at}
	if rev <= s.revised[k] {
		return false
	}
	s.revised[k] = rev
	if len(s.revised) > maxRevised {
		times := make([]int64, 0, len(s.revised))
		for k := range s.revised {
			times = append(times, k.at)
		}
		slices.Sort(times)
		s.forgetRevisions(times[len(times)/2])
	}
	return true
}

// forgetRevisions forgets those of samples before t, the newest of each series
// excepted: that one must not be judged by what it was.
func (s *State) forgetRevisions(t int64) {
	maps.DeleteFunc(s.revised, func(k sampleKey, _ uint32) bool {
		i, ok := s.ids[k.id]
		return k.at < t && (!ok || s.series[i].at != k.at)
	})
}

// revise gives the newest sample another value, and judges it again.
func (s *State) revise(i uint32, v float64) {
	x := &s.series[i]
	old := x.last
	if v == old {
		return
	}
	x.last = v
	x.hist.Amend(v, s.opt.History)
	x.correct(x.at, v)
	if x.list == nil || x.silent > 0 {
		return
	}
	for k := range x.held {
		if h := &x.held[k]; h.peak == old || h.since == x.at {
			h.peak = x.peakSince(h)
		}
	}
	if len(x.held) == 0 && v >= x.list.lo && v <= x.list.hi {
		return
	}
	prev, ok := s.before[x.id]
	if !ok {
		prev = math.NaN()
	}
	s.judge(i, prev)
}

// peakSince returns the most extreme value since the condition holds, as far
// as the history goes.
func (x *series) peakSince(h *hold) float64 {
	sl := &x.list.slots[h.slot]
	peak := x.last
	x.hist.All(func(t int64, v float64) bool {
		if t >= h.since && t < x.hist.Last() && sl.kind.Worse(&sl.params, v, peak) {
			peak = v
		}
		return true
	})
	return peak
}

func (s *State) writeRevisions(w *writer) {
	keys := slices.SortedFunc(maps.Keys(s.revised), func(a, b sampleKey) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.at, b.at))
	})
	w.num(uint64(len(keys)))
	for _, k := range keys {
		w.id(k.id)
		w.signed(k.at)
		w.num(uint64(s.revised[k]))
	}
	w.num(uint64(len(s.before)))
	for _, id := range slices.Sorted(maps.Keys(s.before)) {
		w.id(id)
		w.float(s.before[id])
	}
}

func (s *State) readRevisions(r *parser) {
	for range r.count(10) {
		k := sampleKey{r.id(), r.signed()}
		s.revised[k] = uint32(r.num())
	}
	for range r.count(16) {
		id := r.id()
		s.before[id] = r.float()
	}
}
