package silence

import (
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

func TestPreview(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	in := func(id, service string, severity eventv1.Severity, resolved time.Duration) *eventv1.IncidentChanged {
		c := &eventv1.IncidentChanged{Id: id, Policy: "cpu", Severity: severity, State: eventv1.IncidentState_INCIDENT_STATE_OPEN,
			OpenedAt: timestamppb.New(now.Add(-48 * time.Hour)), Labels: []*eventv1.Label{{Name: "service", Value: service}}}
		if resolved > 0 {
			c.State, c.ResolvedAt = eventv1.IncidentState_INCIDENT_STATE_RESOLVED, timestamppb.New(now.Add(-resolved))
		}
		return c
	}
	known := []*eventv1.IncidentChanged{in("a", "shop", 2, 0), in("b", "shop", 3, 0), in("c", "cart", 3, 0), in("d", "shop", 3, time.Hour), in("e", "shop", 3, 25*time.Hour)}
	got, err := Preview(&eventv1.Silence{Matchers: []*eventv1.Matcher{{Label: "service", Op: eventv1.Matcher_OP_EQUAL, Value: "shop"}}}, known, now)
	if err != nil || len(got.Open) != 2 || got.Open[0].GetId() != "b" || got.Day != 3 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := Preview(&eventv1.Silence{}, known, now); err == nil {
		t.Error("a silence of everything is previewed")
	}
}
