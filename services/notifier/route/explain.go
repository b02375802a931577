package route

import (
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/explain"
)

var _ explain.Routing = Table{}

// Explained is [Table.Decide] for who explains: where an incident would be told
// that opened now.
func (t Table) Explained(o explain.Opening, now time.Time) []explain.Destination {
	var out []explain.Destination
	for _, d := range t.Decide(Incident{Labels: o.Labels, Severity: o.Severity, Channels: o.Channels}, now) {
		x := explain.Destination{Channel: d.Channel, Why: d.Why, Path: append([]string{}, d.Path...), Held: d.Held}
		if !d.QuietUntil.IsZero() {
			x.QuietUntil = &d.QuietUntil
		}
		if d.Limit != nil {
			x.Limit, x.PerSeconds = d.Limit.Messages, d.Limit.Per.Seconds()
		}
		if d.Group != nil {
			x.Key, x.Together = d.Group.Key(opened(o, now))
		}
		out = append(out, x)
	}
	return out
}

// Follows says which of the causes an incident would follow from that opened now,
// and by which dependency.
func (t Table) Follows(o explain.Opening, causes []*eventv1.IncidentChanged, now time.Time) (explain.Cause, bool) {
	f := t.Dependencies.Cause(opened(o, now), causes, now)
	var rules []string
	for _, d := range f.By {
		rules = append(rules, d.String())
	}
	return explain.Cause{Incident: f.Cause, Until: f.Until, Rule: strings.Join(rules, "; and ")}, f.Cause != nil
}

// opened is the incident that an opening would be.
func opened(o explain.Opening, now time.Time) *eventv1.IncidentChanged {
	return &eventv1.IncidentChanged{State: eventv1.IncidentState_INCIDENT_STATE_OPEN, OpenedAt: timestamppb.New(now), Labels: o.Labels.Proto()}
}
