package incident

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/unit"
)

// maxExplained is how many series of a condition an explanation has, unless
// the question says otherwise; maxMetrics how many names of metrics an answer.
const (
	maxExplained = 20
	maxMetrics   = 5000
)

// explain says how a policy stands on what matches.
func (s *State) explain(q *eventv1.ExplainQuery, a *eventv1.QueryAnswer) error {
	if q.GetPolicy() == "" {
		return errors.New("the query names no policy")
	}
	matchers, err := label.MatchersFromProto(q.GetMatchers())
	if err != nil {
		return err
	}
	e := &eventv1.Explanation{PolicyDigest: s.set.Digest}
	if s.time > 0 {
		e.At = stamp(s.time)
	}
	a.Explanation = e
	for i := range s.set.Policies {
		p := &s.set.Policies[i]
		if p.Name != q.GetPolicy() {
			continue
		}
		e.Known, e.Enabled, e.Severity, e.Combination, e.Scope = true, p.Enabled, p.Severity, p.Combination(), p.Scope.String()
		e.Channels, e.PolicyLabels = p.Channels, p.Labels.Proto()
		e.RecoverAfter = durationpb.New(p.RecoverAfter)
		if !p.ByAll {
			e.By = p.By
		}
	}
	r := s.byName[q.GetPolicy()]
	if r == nil {
		return nil
	}
	limit := int(q.GetMaxSeries())
	if limit == 0 {
		limit = maxExplained
	}
	for i := range r.conds {
		e.Conditions = append(e.Conditions, s.explainCondition(&r.conds[i], matchers, limit))
	}
	for _, key := range slices.Sorted(maps.Keys(s.groups)) {
		g := s.groups[key]
		if g.rule != r || !concerns(matchers, g.labels) {
			continue
		}
		switch {
		case g.phase == idle && g.dismissed:
			if len(e.Dismissed) < limit {
				e.Dismissed = append(e.Dismissed, &eventv1.ExplainedGroup{Labels: g.labels.Proto()})
			}
		case g.phase == idle:
		case len(e.Incidents) >= limit:
			a.Truncated = true
		case g.phase == pending:
			e.Incidents = append(e.Incidents, s.describe(g, eventv1.IncidentState_INCIDENT_STATE_PENDING))
		default:
			e.Incidents = append(e.Incidents, s.describe(g, eventv1.IncidentState_INCIDENT_STATE_OPEN))
		}
	}
	return nil
}

// concerns reports whether a group may be of what matches: what its labels do
// not say may be so.
func concerns(matchers label.Matchers, group label.Set) bool {
	for _, m := range matchers {
		if v := group.Get(m.Label); v != "" && !m.Matches(v) {
			return false
		}
	}
	return true
}

// explainCondition says how a condition stands on each series that matches.
func (s *State) explainCondition(c *cond, matchers label.Matchers, limit int) *eventv1.ExplainedCondition {
	e := &eventv1.ExplainedCondition{Index: uint32(c.index), Metric: c.Metric, Text: c.text, For: durationpb.New(c.For)}
	for i := range s.series {
		x := &s.series[i]
		if x.id == 0 || x.name != c.Metric || x.at == 0 {
			continue
		}
		labels := x.res.labels()
		if !matchers.Match(labels) {
			continue
		}
		if !c.rule.p.Scope.Match(labels) {
			e.OutOfScope++
			if e.Outsider == nil {
				e.Outsider = s.ref(x)
				for _, m := range c.rule.p.Scope {
					if !m.Matches(labels.Get(m.Label)) {
						e.KeptOutBy = m.String()
						break
					}
				}
			}
			continue
		}
		e.InScope++
		e.Series = append(e.Series, s.explainSeries(x, c))
	}
	slices.SortStableFunc(e.Series, func(a, b *eventv1.ExplainedSeries) int {
		if a.Holds != b.Holds {
			return cmp.Compare(btoi(b.Holds), btoi(a.Holds))
		}
		params := c.Params(a.Unit)
		switch {
		case c.kind.Worse(&params, a.Value, b.Value):
			return -1
		case c.kind.Worse(&params, b.Value, a.Value):
			return 1
		}
		return cmp.Compare(a.Series.Id, b.Series.Id)
	})
	e.Series = e.Series[:min(len(e.Series), limit)]
	return e
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *State) ref(x *series) *eventv1.SeriesRef {
	return &eventv1.SeriesRef{Id: x.id, Name: x.name, Labels: x.res.labels().Proto(), Partition: uint32(s.partition)}
}

func (s *State) explainSeries(x *series, c *cond) *eventv1.ExplainedSeries {
	e := &eventv1.ExplainedSeries{Series: s.ref(x), Unit: unitOf(x), Value: x.last, ValueAt: stamp(x.at),
		SeenAt: stamp(x.seen)}
	if !c.heeds {
		e.SilentAfter = durationpb.New(time.Duration(c.window(x.interval)) * time.Millisecond)
	}
	params := c.Params(e.Unit)
	if !c.moving {
		e.Threshold, e.HasThreshold = c.kind.Line(&params, x.last)
	}
	if x.list == nil {
		return e
	}
	for k := range x.list.slots {
		sl := &x.list.slots[k]
		if sl.rule != c.rule || sl.index != c.index {
			continue
		}
		if sl.learns() {
			e.NotLearned = s.unlearned(x)
		}
		if sl.moving {
			switch p, ok := s.numbers(x, sl); {
			case ok:
				e.Threshold, e.HasThreshold = sl.kind.Line(&p, x.last)
			case sl.Other != nil:
				e.Lacks = sl.Other.Metric
			default:
				e.Lacks = pastOf(sl)
			}
		}
		for _, h := range x.held {
			if int(h.slot) == k {
				e.Holds, e.Since = true, stamp(h.began)
			}
		}
	}
	return e
}

// pastOf says what of a series' own past a condition does not know yet.
func pastOf(sl *slot) string {
	if sl.Past != nil {
		return sl.Metric + " of " + unit.Duration(sl.Past.Span) + " ago"
	}
	return "baseline of " + sl.Metric + " (still learning)"
}

// names says which metrics there are.
func (s *State) names(a *eventv1.QueryAnswer) {
	found := map[string]*eventv1.MetricName{}
	for i := range s.series {
		x := &s.series[i]
		if x.id == 0 {
			continue
		}
		n := found[x.name]
		if n == nil {
			if len(found) >= maxMetrics {
				a.Truncated = true
				continue
			}
			n = &eventv1.MetricName{Name: x.name, Unit: unitOf(x)}
			found[x.name] = n
		}
		n.Series++
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		a.Metrics = append(a.Metrics, found[name])
	}
}
