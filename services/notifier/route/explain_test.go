package route

import (
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/explain"
	"github.com/parley-ops/parley/services/internal/label"
)

// What opens now follows from a cause as the notifier decides it.
func TestFollows(t *testing.T) {
	t.Parallel()
	table, err := Parse([]byte(`
routes: [{match: {tier: service}, group: {by: [env]}}]
dependencies: [{when: {policy: database-down}, suppresses: {tier: service}, equal: [env], wait: 2m}]`), "#ops")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	open := &eventv1.IncidentChanged{Id: "db1", Policy: "database-down", State: eventv1.IncidentState_INCIDENT_STATE_OPEN,
		OpenedAt: timestamppb.New(now.Add(-time.Hour)), Labels: []*eventv1.Label{{Name: "env", Value: "prod"}}}
	ended := &eventv1.IncidentChanged{Id: "db2", Policy: "database-down", State: eventv1.IncidentState_INCIDENT_STATE_RESOLVED,
		OpenedAt: open.OpenedAt, ResolvedAt: timestamppb.New(now.Add(-time.Minute)), Labels: open.Labels}
	f := func(env, tier, cause string, until time.Duration, of ...*eventv1.IncidentChanged) {
		t.Helper()
		o := explain.Opening{Severity: "warning", Labels: label.FromMap(map[string]string{"env": env, "tier": tier, "policy": "errors", "severity": "warning"})}
		got, ok := table.Follows(o, of, now)
		if ok != (cause != "") || got.Incident.GetId() != cause || until != 0 && !got.Until.Equal(now.Add(until)) {
			t.Errorf("%s %s: %+v, want %q", env, tier, got, cause)
		}
		if ok && got.Rule != "while policy=database-down is open, tier=service with the same env is told in its message" {
			t.Errorf("by %q", got.Rule)
		}
	}
	f("prod", "service", "db1", 0, open)
	f("prod", "service", "db2", time.Minute, ended)
	f("dev", "service", "", 0, open)
	f("prod", "web", "", 0, open)
	d := table.Explained(explain.Opening{Severity: "warning", Labels: label.FromMap(map[string]string{"env": "prod", "tier": "service"})}, now)
	if len(d) != 1 || d[0].Together != "env=prod" || d[0].Key == "" {
		t.Errorf("%+v", d)
	}
}
