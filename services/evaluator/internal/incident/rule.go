package incident

import (
	"maps"
	"math"
	"slices"
	"time"

	"github.com/parley-ops/parley/services/evaluator/internal/condition"
	"github.com/parley-ops/parley/services/evaluator/internal/memory"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/unit"
)

// rule is a policy made ready.
type rule struct {
	p     *policy.Policy
	conds []cond
	// near: its groups are full label sets, see the package.
	near bool
	// by are the group's labels, the team among them.
	by []string
}

type cond struct {
	*policy.Condition
	rule   *rule
	index  int
	kind   *condition.Kind
	forMS  int64
	silent int64 // ms; 0: by the series' interval
	text   string
	// moving: what the value is compared with is not a number of the policy.
	moving bool
	// points are how many of the last datapoints have to hold; nil: only the last.
	points *counting
	// heeds: silence of a series is what it judges, and so is no reason not to.
	heeds bool
	// census: the group has to know all its series.
	census bool
}

func compile(set *policy.Set) []*rule {
	kinds := condition.Kinds()
	var rules []*rule
	for i := range set.Policies {
		p := &set.Policies[i]
		if !p.Enabled {
			continue
		}
		r := &rule{p: p, near: p.ByAll, conds: make([]cond, len(p.Conditions))}
		if !r.near {
			r.by = append([]string{label.Team}, p.By...)
		}
		for k := range p.Conditions {
			c := &p.Conditions[k]
			r.conds[k] = cond{Condition: c, rule: r, index: k, kind: kinds[c.Kind], forMS: c.For.Milliseconds(),
				silent: c.NoDataAfter.Milliseconds(), text: c.Text(), moving: c.Other != nil || c.Past != nil || c.Baseline != nil || c.Forecast != nil || c.Expr != nil, points: countingOf(c),
				heeds: kinds[c.Kind].Timed || c.Event != nil, census: c.Count != nil && c.Count.Share}
			if n := r.conds[k].points; n != nil {
				r.conds[k].heeds = n.missing == memory.Bad || n.missing == memory.Good
			}
		}
		rules = append(rules, r)
	}
	return rules
}

// slot is a condition put on a series, with its numbers in the series' unit.
type slot struct {
	*cond
	params condition.Params
	// past and count are where in the series' memory its own is; -1: nowhere.
	past, count, base, given, reach, event int
	// by is how far from the past value, in the series' unit.
	by float64
}

// learns reports whether the condition is on what was learned of the series, and
// own whether that says by itself if it holds.
func (c *cond) learns() bool { return c.Baseline != nil || c.Forecast != nil }
func (c *cond) own() bool {
	return c.Rarity > 0 || c.Forecast != nil || c.Expr != nil || c.Event != nil
}

// list is every condition on a series; series alike share it.
type list struct {
	slots []slot
	// Values from lo to hi cannot begin to hold any of them.
	lo, hi float64
	// alert: some policy wants to know of silence.
	alert bool
	// census: some group wants to know that the series is there.
	census bool
	// turns: some condition looks at the value before.
	turns bool
	// remembers is what the series has to keep in memory; nil: nothing.
	remembers *remembers
	// timed: some condition changes by time alone.
	timed bool
	// waits is for how long, in ms, some condition waits for a silent series.
	waits int64
	// feeds are the metrics that are compared with this one.
	feeds []string
}

const (
	// defaultSilence is how long silence takes to count, at least.
	defaultSilence = int64(5 * time.Minute / time.Millisecond)
	// unknownSilence is how long for a series whose interval is not known yet.
	unknownSilence = int64(time.Hour / time.Millisecond)
)

// window returns after how long without data the condition is silent on a
// series that sends each interval ms.
func (c *cond) window(interval int32) int64 {
	switch {
	case c.heeds:
		return math.MaxInt64
	case c.silent > 0:
		return c.silent
	case c.points != nil && c.points.every > 0:
		return int64(c.points.of+2) * c.points.every
	}
	if interval == 0 {
		return unknownSilence
	}
	return max(5*int64(interval), defaultSilence)
}

// listFor returns the conditions on a series; nil if there are none.
func (s *State) listFor(name string, labels label.Set, u string) *list {
	conds := s.byMetric[name]
	feeds := s.feeds[name]
	if len(conds) == 0 && len(feeds) == 0 {
		return nil
	}
	key := append(s.scratch[:0], u...)
	matched := s.matched[:0]
	for i, c := range conds {
		if c.rule.p.Scope.Match(labels) {
			matched = append(matched, c)
			key = append(key, byte(i), byte(i>>8))
		}
	}
	s.scratch, s.matched = key, matched
	if len(matched) == 0 && len(feeds) == 0 {
		return nil
	}
	key = append(append(key, 0xff), name...)
	s.scratch = key
	if l, ok := s.lists[string(key)]; ok {
		return l
	}
	if u == "" {
		u = unit.Guess(name)
	}
	l := &list{slots: make([]slot, len(matched)), lo: math.Inf(-1), hi: math.Inf(1), feeds: feeds}
	for i, c := range matched {
		l.slots[i] = slot{cond: c, params: c.Params(u)}
		l.remember(&l.slots[i], u)
		l.alert = l.alert || c.rule.p.NoData == policy.Alert
		l.census = l.census || c.census
		l.turns = l.turns || c.kind.Turns
		lo, hi, ok := c.kind.Quiet(&l.slots[i].params)
		if !ok || c.moving || c.points != nil {
			lo, hi = math.Inf(1), math.Inf(-1)
		}
		l.lo, l.hi = max(l.lo, lo), min(l.hi, hi)
	}
	if len(feeds) > 0 {
		l.lo, l.hi = math.Inf(1), math.Inf(-1)
	}
	for _, span := range s.pastOf[name] {
		l.rememberSpan(span)
	}
	s.lists[string(key)] = l
	return l
}

// index makes the metrics' conditions findable.
func (s *State) index() {
	s.byMetric, s.feeds, s.lists = map[string][]*cond{}, map[string][]string{}, map[string]*list{}
	s.pastOf = map[string][]time.Duration{}
	for _, r := range s.rules {
		for i := range r.conds {
			c := &r.conds[i]
			s.byMetric[c.Metric] = append(s.byMetric[c.Metric], c)
			for _, other := range c.Others() {
				if !slices.Contains(s.feeds[other], c.Metric) {
					s.feeds[other] = append(s.feeds[other], c.Metric)
				}
			}
			if c.Expr == nil {
				continue
			}
			for other, spans := range c.Expr.Beside {
				for _, name := range slices.Sorted(maps.Keys(spans)) {
					s.pastOf[other] = append(s.pastOf[other], spans[name])
				}
			}
		}
	}
}
