package propose

import (
	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
)

// picker picks out of a history what a policy looks at.
type picker struct {
	metrics map[string]bool
	series  map[uint64]bool
}

func pickerOf(p policy.Policy) picker {
	out := picker{metrics: map[string]bool{}, series: map[uint64]bool{}}
	for _, c := range p.Conditions {
		out.metrics[c.Metric] = true
		for _, m := range c.Others() {
			out.metrics[m] = true
		}
	}
	return out
}

// pick returns the part of an entry that is wanted; nil: nothing. Series are known
// by their definitions, which come with their first samples and again later.
func (w picker) pick(e *eventv1.PartitionEntry) *eventv1.PartitionEntry {
	b := e.GetSamples()
	if b == nil {
		return e
	}
	out := &eventv1.SampleBatch{BaseUnixMs: b.GetBaseUnixMs()}
	for _, d := range b.GetDefs() {
		if w.metrics[d.GetName()] {
			w.series[d.GetId()] = true
			out.Defs = append(out.Defs, d)
		}
	}
	for i, id := range b.GetSeriesId() {
		if !w.series[id] {
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
		if w.series[g.GetId()] {
			out.Gone = append(out.Gone, g)
		}
	}
	if len(out.SeriesId)+len(out.Defs)+len(out.Gone) == 0 {
		return nil
	}
	return &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: out}}
}
