package incident

import (
	"fmt"
	"math"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/unit"
)

// emit tells people of a change.
func (s *State) emit(g *group, state eventv1.IncidentState, reason eventv1.IncidentReason, detail string) *eventv1.IncidentChanged {
	g.version++
	g.emitted = s.time
	c := s.describe(g, state)
	c.Reason, c.Detail = reason, detail
	s.out.Changes = append(s.out.Changes, c)
	return c
}

// describe returns the whole incident of a group as it is now.
func (s *State) describe(g *group, state eventv1.IncidentState) *eventv1.IncidentChanged {
	p := g.rule.p
	c := &eventv1.IncidentChanged{
		Id: g.id, Version: g.version, State: state, At: stamp(s.time), BeganAt: stamp(g.began),
		Policy: p.Name, PolicyDigest: s.set.Digest, Severity: p.Severity, Team: g.labels.Get(label.Team),
		Partition: uint32(s.partition), Combination: p.Combination(), Runbook: p.Runbook, Channels: p.Channels, Actions: p.Actions,
		PreviousId: g.prev, PolicyLabels: p.Labels.Proto(), Conditions: make([]*eventv1.ConditionState, len(g.rule.conds)),
	}
	if g.rule.near {
		c.Labels = g.labels.Proto()
	} else {
		c.Labels = g.labels.Pick(p.By).Proto()
	}
	if g.opened > 0 {
		c.OpenedAt = stamp(g.opened)
	}
	if state == eventv1.IncidentState_INCIDENT_STATE_RESOLVED {
		c.ResolvedAt = stamp(s.time)
	}
	first := -1
	for i := range g.rule.conds {
		c.Conditions[i] = s.conditionState(g, i)
		if first < 0 && c.Conditions[i].Holds {
			first = i
		}
	}
	main := c.Conditions[max(first, 0)]
	if main.ValueAt != nil {
		c.DataAge = durationpb.New(max(0, time.Duration(s.time-main.ValueAt.AsTime().UnixMilli())*time.Millisecond))
	}
	s.words(g, c, main)
	return c
}

// conditionState describes one condition by the series on which it is worst.
func (s *State) conditionState(g *group, i int) *eventv1.ConditionState {
	cd := &g.rule.conds[i]
	c := &eventv1.ConditionState{Index: uint32(i), Metric: cd.Metric, Text: cd.text, Kind: cd.Kind}
	var worst *member
	for _, m := range g.members {
		if m.cond != i {
			continue
		}
		m = s.current(g, m)
		if m.holds {
			c.SeriesCount++
		}
		if worst == nil || m.holds && !worst.holds || m.holds == worst.holds && s.worse(cd, m, worst) {
			worst = m
		}
	}
	if worst == nil {
		if worst = s.bystander(g, cd.Metric); worst == nil {
			c.Unit = unit.Guess(cd.Metric)
			return c
		}
		worst.cond = i
		worst = s.current(g, worst)
	}
	c.Holds = worst.holds
	if worst.since > 0 {
		c.Since = stamp(worst.since)
	}
	from := s.originOf(worst)
	c.Series = &eventv1.SeriesRef{Id: worst.id, Name: cd.Metric, Labels: from.labels.Proto(), Partition: from.partition}
	c.Unit = from.unit
	c.Value, c.Peak, c.Before, c.HasBefore = worst.value, worst.peak, worst.before, worst.hasBefore
	c.Threshold, c.HasThreshold = worst.line, worst.hasLine
	if worst.at > 0 {
		c.ValueAt = stamp(worst.at)
	}
	c.Note = worst.note
	c.Expected, c.Lower, c.Upper, c.HasBand, c.Learning = worst.band.expected, worst.band.lower, worst.band.upper, worst.band.known, worst.band.learning
	if cd.Count != nil {
		holding, _, all := g.tally(i)
		c.Holds = cd.Count.Holds(holding, all)
		if cd.Count.Share {
			c.Note = join(fmt.Sprintf("on %d of %d", holding, all), c.Note)
		} else {
			c.Note = join(fmt.Sprintf("on %d", holding), c.Note)
		}
	}
	if cd.moving {
		return c // the numbers of the policy are no thresholds
	}
	params := cd.Params(from.unit)
	if !c.HasThreshold {
		c.Threshold, c.HasThreshold = cd.kind.Line(&params, c.Value)
	}
	if params.HasUntil {
		c.Until, c.HasUntil = params.Until, true
		if c.HasThreshold && c.Threshold == params.To {
			c.Until = params.UntilTo
		}
	}
	return c
}

func (s *State) worse(cd *cond, a, b *member) bool {
	params := cd.Params("")
	if cd.moving && a.hasLine && b.hasLine { // each has its own threshold
		return math.Abs(a.value-a.line) > math.Abs(b.value-b.line)
	}
	if !a.holds { // of what is over, the worst that it was
		return cd.kind.Worse(&params, a.peak, b.peak)
	}
	return cd.kind.Worse(&params, a.value, b.value)
}

// current returns a fact with what this partition's own series says now.
func (s *State) current(g *group, known *member) *member {
	m := *known
	i, ok := s.ids[m.id]
	if !ok || m.from != nil {
		return &m
	}
	x := &s.series[i]
	m.value, m.at = x.last, x.at
	if x.list == nil {
		return &m
	}
	for k := range x.list.slots {
		if sl := &x.list.slots[k]; sl.rule == g.rule && sl.index == m.cond {
			m.note, m.band = s.noteOf(x, sl), outlookOf(x, sl)
		}
	}
	for k := range x.held {
		h := &x.held[k]
		if sl := &x.list.slots[h.slot]; sl.rule == g.rule && sl.index == m.cond {
			m.peak = h.peak
			if h.hasLine {
				m.line, m.hasLine = h.line, true
			}
		}
	}
	return &m
}

// bystander returns the newest value of a metric of the group's own resource:
// of a condition that never held in this incident, or of one that the policy
// does not test.
func (s *State) bystander(g *group, metric string) *member {
	if !g.rule.near {
		return nil
	}
	r := s.resources[label.Resource(g.labels)]
	if r == nil {
		return nil
	}
	for _, i := range r.series {
		if x := &s.series[i]; x.name == metric && x.at > 0 {
			return &member{fact: fact{value: x.last, at: x.at, peak: x.last}, id: x.id}
		}
	}
	return nil
}

func (s *State) originOf(m *member) origin {
	if m.from != nil {
		return *m.from
	}
	if i, ok := s.ids[m.id]; ok {
		x := &s.series[i]
		return origin{name: x.name, unit: unitOf(x), labels: x.res.labels(), partition: uint32(s.partition)}
	}
	return origin{partition: uint32(s.partition)}
}

var severityNames = map[eventv1.Severity]string{
	eventv1.Severity_SEVERITY_INFO: "info", eventv1.Severity_SEVERITY_WARNING: "warning", eventv1.Severity_SEVERITY_CRITICAL: "critical"}

// past is a resolved incident.
type past struct {
	key  uint64
	at   int64
	id   string
	data []byte // IncidentChanged
}

// maxPast is how many resolved incidents a partition remembers.
const maxPast = 64

func (s *State) remember(key uint64, c *eventv1.IncidentChanged) {
	if g := s.groups[key]; g != nil && g.opened == 0 {
		return // it never opened
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(c)
	if err != nil {
		return
	}
	if len(s.resolved) >= maxPast {
		s.resolved = append(s.resolved[:0], s.resolved[len(s.resolved)-maxPast+1:]...)
	}
	s.resolved = append(s.resolved, past{key: key, at: s.time, id: c.Id, data: data})
}
