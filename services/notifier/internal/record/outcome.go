package record

import (
	"slices"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Outcome says how the incident ended for those who were told of it.
// OUTCOME_UNSPECIFIED: nobody was, or it is not over.
func (r *Record) Outcome() eventv1.Outcome {
	useful, noise := r.Verdicts()
	helped, tried := r.Helped()
	tried = slices.DeleteFunc(tried, func(run *Run) bool { return run.By.is(Parley) }) // in vain, and nobody asked for it
	switch {
	case r.Incident() == nil || r.Open():
		return eventv1.Outcome_OUTCOME_UNSPECIFIED
	case noise > useful:
		return eventv1.Outcome_OUTCOME_NOISE
	case useful > 0:
		return eventv1.Outcome_OUTCOME_USEFUL
	case len(helped)+len(tried) > 0:
		return eventv1.Outcome_OUTCOME_ACTED
	case r.Ack != nil || r.Assigned != nil:
		return eventv1.Outcome_OUTCOME_ACKNOWLEDGED
	case !r.seen():
		return eventv1.Outcome_OUTCOME_UNSPECIFIED
	}
	return eventv1.Outcome_OUTCOME_IGNORED
}

// seen reports whether a message anywhere stood for it.
func (r *Record) seen() bool {
	for _, p := range r.Places {
		if p.Root.TS != "" || p.Group != "" {
			return true
		}
	}
	return false
}

// Ended returns what is remembered of an incident that is over; nil of one of which
// nobody was told.
func (r *Record) Ended() *eventv1.EndedIncident {
	o := r.Outcome()
	if o == eventv1.Outcome_OUTCOME_UNSPECIFIED {
		return nil
	}
	c := r.Incident()
	ended := c.GetResolvedAt()
	if ended == nil {
		ended = c.GetAt()
	}
	return &eventv1.EndedIncident{Id: r.ID, Labels: c.GetLabels(), OpenedAt: timestamppb.New(c.GetOpenedAt().AsTime()), ResolvedAt: ended, Outcome: o}
}
