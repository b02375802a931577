package notifier

import (
	"context"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/rehearsal"
)

// rehearse says what would have been told of incidents until then, under the rules
// in force now.
func (n *notifier) rehearse(ctx context.Context, changes []*eventv1.IncidentChanged, until time.Time) (rehearsal.Report, error) {
	rules := rehearsal.Rules{Routes: n.routing.Table(), Windows: n.known.Windows(), Actions: n.known.Actions(), Remedies: n.known.Remedies(), Plan: few(n.rim.Plan)}
	silences, err := bus.Silences.List(ctx, n.env.Bus)
	if err != nil {
		return rehearsal.Report{}, err
	}
	for _, e := range silences {
		rules.Silences = append(rules.Silences, e.Value)
	}
	r := NewRehearsal(rules)
	for _, c := range changes {
		if err := r.Take(ctx, c); err != nil {
			return rehearsal.Report{}, err
		}
	}
	return r.End(ctx, until)
}

// mostPlanned is how many plans a person waits for.
const mostPlanned = 10

// few asks for the first plans alone, and for none once nobody answers.
func few(plan func(*eventv1.RunRequested) *eventv1.RunPlan) func(*eventv1.RunRequested) *eventv1.RunPlan {
	left := mostPlanned
	return func(run *eventv1.RunRequested) *eventv1.RunPlan {
		if left <= 0 {
			return nil
		}
		left--
		p := plan(run)
		if p == nil {
			left = 0
		}
		return p
	}
}
