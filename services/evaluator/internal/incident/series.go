package incident

import (
	"fmt"
	"math"
	"slices"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/internal/condition"
	"github.com/parley-ops/parley/services/evaluator/internal/history"
	"github.com/parley-ops/parley/services/evaluator/internal/memory"
)

// series is one metric of one resource.
type series struct {
	*metric
	id   uint64
	res  *resource
	list *list
	// held are the conditions that hold, by slot.
	held []hold
	hist history.Ring
	mem  *memories
	last float64
	at   int64 // time of the newest sample, ms; 0: there was none
	seen int64 // stream time when it came
	// watched is the deadline by which silence is looked for; 0: it is not.
	watched int64
	// silent is for how long it has been silent, as far as facts say so.
	silent   int64
	interval int32 // ms
	told     bool  // facts were told that silence would change
	gone     bool  // on purpose, see State.departed
	fixed    bool  // the interval is from the definition
}

// hold is a condition that holds on a series.
type hold struct {
	slot      uint16
	hasBefore bool
	hasLine   bool
	since     int64 // time of the sample, ms
	began     int64 // stream time, ms
	sent      int64 // stream time of the last partial
	peak      float64
	before    float64
	line      float64 // what it was compared with last
}

// heldBack is the newest sample of a series whose definition is not known.
type heldBack struct {
	at    int64
	value float64
	rev   uint32
}

const (
	maxHeldBack  = 10_000
	sweepEvery   = int64(10 * time.Minute / time.Millisecond)
	forgetAfter  = int64(6 * time.Hour / time.Millisecond)
	refreshEvery = int64(time.Minute / time.Millisecond)
	maxNotes     = 10
)

// samples takes in a batch: first what it defines.
func (s *State) samples(b *eventv1.SampleBatch) {
	for _, d := range b.GetDefs() {
		s.define(d)
	}
	ids, deltas, values, base := b.GetSeriesId(), b.GetTimeDeltaMs(), b.GetValue(), b.GetBaseUnixMs()
	revisions := b.GetRevision()
	if len(ids) != len(deltas) || len(ids) != len(values) || len(revisions) > 0 && len(revisions) != len(ids) {
		s.note("a batch of samples has columns of different lengths: %d, %d, %d, %d", len(ids), len(deltas), len(values), len(revisions))
		return
	}
	s.counts.Samples += uint64(len(ids))
	after := uint32(0)
	for k, id := range ids {
		rev := uint32(0)
		if len(revisions) > 0 {
			rev = revisions[k]
		}
		i, ok := s.find(id, after)
		if _, refused := s.refused[id]; refused {
			continue
		}
		if !ok {
			s.holdBack(id, heldBack{base + deltas[k], values[k], rev})
			continue
		}
		after = i + 1
		s.sample(i, base+deltas[k], values[k], rev)
	}
	for _, o := range b.GetEvents() {
		s.occur(o)
	}
	for _, g := range b.GetGone() {
		if i, ok := s.ids[g.GetId()]; ok {
			s.leave(i, g.GetReason())
		}
	}
}

// find returns where a series is. A collector sends series again and again in one
// order, mostly that in which they are known, so that the one expected is looked at
// first.
func (s *State) find(id uint64, expected uint32) (uint32, bool) {
	if int(expected) < len(s.series) && s.series[expected].id == id && id != 0 {
		return expected, true
	}
	i, ok := s.ids[id]
	return i, ok
}

func (s *State) holdBack(id uint64, n heldBack) {
	s.counts.Unknown++
	h, ok := s.unknown[id]
	if !ok && len(s.unknown) >= maxHeldBack {
		return
	}
	if n.at > h.at || n.at == h.at && n.rev > h.rev {
		s.unknown[id] = n
	}
}

// sample takes in one value. It does not allocate unless a condition changes.
func (s *State) sample(i uint32, at int64, v float64, rev uint32) {
	x := &s.series[i]
	if at <= x.at {
		s.again(i, at, v, rev)
		return
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	prev := x.last
	if x.at == 0 {
		prev = math.NaN()
	} else if !x.fixed {
		gap := min(at-x.at, math.MaxInt32/2)
		if x.interval == 0 {
			x.interval = int32(gap)
			x.watched = 0 // watched anew below, by the interval
		} else {
			// A gap is not an interval: it counts as four at most.
			x.interval += (int32(min(gap, 4*int64(x.interval))) - x.interval) / 8
		}
	}
	if x.gone && !s.back(x, at) {
		s.counts.Late++
		x.hist.Insert(at, v, s.opt.History)
		return
	}
	x.last, x.at, x.seen = v, at, s.time
	x.hist.Append(at, v, s.opt.History)
	if rev > 0 {
		s.supersedes(x.id, at, rev)
	}
	l := x.list
	if l != nil {
		if l.turns {
			s.before[x.id] = prev
		}
		if l.remembers != nil {
			x.remember(at, v, s.teaches(x.res, at))
		}
		if x.watched == 0 && (l.alert || x.told) || l.timed {
			s.watch(i)
		}
	}
	if l == nil || len(x.held) == 0 && x.silent == 0 && v >= l.lo && v <= l.hi {
		return
	}
	s.judge(i, prev)
	if l.timed { // what counts datapoints has none before its first
		s.watch(i)
	}
}

// judge tests the newest value against every condition on the series.
func (s *State) judge(i uint32, prev float64) {
	x := &s.series[i]
	if x.silent > 0 {
		s.speak(i)
	}
	s.test(i, prev, "")
	for _, metric := range x.list.feeds {
		for _, j := range x.res.series {
			y := &s.series[j]
			if y.name == metric && y.list != nil && y.at > 0 && j != i {
				s.test(j, y.last, x.name)
			}
		}
	}
}

// test tests the conditions of a series, or only those compared with other.
func (s *State) test(i uint32, prev float64, other string) {
	x := &s.series[i]
	s.explainBy(x)
	h := 0
	for k := range x.list.slots {
		sl := &x.list.slots[k]
		was := h < len(x.held) && int(x.held[h].slot) == k
		params, judged := &sl.params, other == ""
		if sl.moving {
			if s.moving, judged = s.numbers(x, sl); other != "" {
				judged = judged && slices.Contains(sl.Others(), other)
			}
			params = &s.moving
		}
		truth := false
		if judged && sl.Expr != nil {
			truth, judged = s.expression(x, sl, prev)
		}
		if !judged {
			if was {
				h++
			}
			continue
		}
		h = s.turn(i, k, h, was, s.holds(x, sl, params, prev, was && x.held[h].since < x.at, was, truth), params)
	}
}

// holds reports whether the newest value holds the condition. before is whether
// the value before it did: what began with this very sample, before that was
// revised, did not hold before it. truth is what the condition's expression says.
func (s *State) holds(x *series, sl *slot, params *condition.Params, prev float64, before, was, truth bool) bool {
	if sl.Event != nil {
		return x.mem.events.of[sl.event].holds(sl.Event, s.time)
	}
	if sl.count < 0 && !sl.own() {
		return sl.kind.Holds(params, x.last, prev, before)
	}
	if sl.count < 0 {
		return x.learned(sl, was, truth)
	}
	d := &x.mem.counts[sl.count]
	fresh := d.Fresh()
	was = was && !sl.lapsed(d, x.at)
	d.Came(x.seen - x.at)
	holds := false
	if before = d.Held(x.at); sl.own() {
		holds = x.learned(sl, before, truth)
	} else {
		holds = sl.kind.Holds(params, x.last, prev, before)
	}
	d.Add(x.at, sl.points.every, holds)
	if fresh && sl.points.missing == memory.Bad {
		d.Assume()
	}
	return sl.points.holds(d, was)
}

// turn makes what a condition does on a series what it holds; h is the place
// among what is held, and the next one is returned.
func (s *State) turn(i uint32, k, h int, was, holds bool, params *condition.Params) int {
	x := &s.series[i]
	sl := &x.list.slots[k]
	switch {
	case holds && was:
		cur := &x.held[h]
		if sl.kind.Worse(params, x.last, cur.peak) {
			cur.peak = x.last
		}
		if sl.moving {
			cur.line, cur.hasLine = sl.kind.Line(params, x.last)
		}
		if !sl.rule.near && s.time-cur.sent >= refreshEvery {
			cur.sent = s.time
			s.tell(i, sl, factOf(x, cur, true))
		}
		return h + 1
	case holds:
		nh := hold{slot: uint16(k), since: x.at, began: s.time, sent: s.time, peak: x.last}
		nh.before, nh.hasBefore = x.hist.Before(x.at, beforeSamples)
		nh.line, nh.hasLine = sl.kind.Line(params, x.last)
		x.held = slices.Insert(x.held, h, nh)
		s.tell(i, sl, factOf(x, &x.held[h], true))
		return h + 1
	case was:
		f := factOf(x, &x.held[h], false)
		f.line, f.hasLine = sl.kind.Line(params, x.last)
		x.held = slices.Delete(x.held, h, h+1)
		if len(x.held) == 0 {
			x.held = nil
		}
		s.tell(i, sl, f)
	}
	return h
}

// beforeSamples is over how many samples the value before is the median.
const beforeSamples = 30

func (s *State) note(format string, args ...any) {
	if len(s.out.Notes) < maxNotes {
		s.out.Notes = append(s.out.Notes, fmt.Sprintf(format, args...))
	}
}
