package replay

import (
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
)

// Selection picks out of a log what some policies look at: replaying that alone
// gives the same incidents, in memory and time that grow with their series only.
type Selection struct {
	metrics map[string]bool
	series  map[uint64]bool
}

// Only returns the selection of what the policies look at.
func Only(policies ...policy.Policy) *Selection {
	s := &Selection{metrics: map[string]bool{}, series: map[uint64]bool{}}
	named := func(name string) string {
		if m, ok := strings.CutPrefix(name, "values."); ok {
			s.metrics[m] = true
		}
		return "" // so that what stands in its place is asked for too
	}
	for i := range policies {
		p := &policies[i]
		p.Summary.Fill(named)
		if p.Ask != nil {
			p.Ask.Question.Fill(named)
		}
		for _, c := range p.Conditions {
			s.metrics[c.Metric] = true
			for _, m := range c.Others() {
				s.metrics[m] = true
			}
		}
	}
	return s
}

// Pick returns the part of an entry that is wanted; nil: nothing of it. Series are
// known by their definitions, which come with their first samples and again later.
// Entries have to come in their order.
func (s *Selection) Pick(e *eventv1.PartitionEntry) *eventv1.PartitionEntry {
	b := e.GetSamples()
	if b == nil {
		return e
	}
	out := &eventv1.SampleBatch{BaseUnixMs: b.GetBaseUnixMs()}
	for _, d := range b.GetDefs() {
		if s.metrics[d.GetName()] {
			s.series[d.GetId()] = true
			out.Defs = append(out.Defs, d)
		}
	}
	for i, id := range b.GetSeriesId() {
		if !s.series[id] {
			continue
		}
		out.SeriesId = append(out.SeriesId, id)
		out.TimeDeltaMs = append(out.TimeDeltaMs, b.GetTimeDeltaMs()[i])
		out.Value = append(out.Value, b.GetValue()[i])
		if r := b.GetRevision(); len(r) > 0 {
			out.Revision = append(out.Revision, r[i])
		}
	}
	for _, g := range b.GetGone() {
		if s.series[g.GetId()] {
			out.Gone = append(out.Gone, g)
		}
	}
	for _, o := range b.GetEvents() {
		if s.series[o.GetSeriesId()] {
			out.Events = append(out.Events, o)
		}
	}
	if len(out.SeriesId)+len(out.Defs)+len(out.Gone)+len(out.Events) == 0 {
		return nil
	}
	return &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: out}}
}
