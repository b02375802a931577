package evidence

import (
	"cmp"
	"slices"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// Most is how many incidents the evidence of a policy has.
const Most = 200

// Key is where the evidence of a policy is kept.
func Key(policy string) string { return bus.Token(policy) }

// Add returns the evidence with incidents in it that ended, each in place of what
// was known of it before, and whether that changed anything. One that is older than
// all of a full evidence does not.
func Add(e *eventv1.Evidence, ended ...*eventv1.EndedIncident) (*eventv1.Evidence, bool) {
	next := proto.CloneOf(e)
	if next == nil {
		next = &eventv1.Evidence{}
	}
	at := make(map[string]int, len(next.GetIncidents()))
	for i, old := range next.GetIncidents() {
		at[old.GetId()] = i
	}
	for _, in := range ended {
		if i, ok := at[in.GetId()]; ok {
			next.Incidents[i] = in
			continue
		}
		at[in.GetId()] = len(next.Incidents)
		next.Incidents = append(next.Incidents, in)
	}
	slices.SortStableFunc(next.Incidents, func(a, b *eventv1.EndedIncident) int {
		return cmp.Or(a.GetOpenedAt().AsTime().Compare(b.GetOpenedAt().AsTime()), cmp.Compare(a.GetId(), b.GetId()))
	})
	next.Incidents = next.Incidents[max(0, len(next.Incidents)-Most):]
	return next, !proto.Equal(next, e)
}

// Worthwhile reports whether an incident that ended so was worth somebody's time.
func Worthwhile(o eventv1.Outcome) bool {
	return o == eventv1.Outcome_OUTCOME_ACKNOWLEDGED || o == eventv1.Outcome_OUTCOME_ACTED || o == eventv1.Outcome_OUTCOME_USEFUL
}
