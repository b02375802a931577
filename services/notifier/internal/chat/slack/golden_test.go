package slack

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

var began = time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)

func incident() *eventv1.IncidentChanged {
	return &eventv1.IncidentChanged{Id: "3f9a27c1d0", Version: 1, State: eventv1.IncidentState_INCIDENT_STATE_OPEN, Reason: eventv1.IncidentReason_INCIDENT_REASON_HELD,
		At: timestamppb.New(began), BeganAt: timestamppb.New(began), OpenedAt: timestamppb.New(began), Policy: "checkout-slow", Severity: eventv1.Severity_SEVERITY_CRITICAL,
		Team: "demo", Labels: []*eventv1.Label{{Name: "env", Value: "prod"}, {Name: "service", Value: "checkout"}, {Name: "zone", Value: "*a*"}},
		Summary: "p99 is 912 ms on <checkout> & friends", Runbook: "https://example.org/runbooks/checkout", Actions: []string{"restart", "gone"},
		Combination: "all", DataAge: durationpb.New(400 * time.Millisecond), PreviousId: "aa55aa55aa",
		Conditions: []*eventv1.ConditionState{
			{Metric: "latency.p99", Text: "above 800 for 5 min", Holds: true, Value: 912, Threshold: 800, HasThreshold: true, Peak: 1450.5, Before: 240, HasBefore: true, Unit: "ms", SeriesCount: 3},
			{Index: 1, Metric: "requests.rate", Text: "above baseline", Holds: true, Value: 0.254, Threshold: 0.2, HasThreshold: true, Peak: 0.254}}}
}

// TestMessages compares what people see with testdata, block by block.
func TestMessages(t *testing.T) {
	t.Parallel()
	actions := map[string]*eventv1.ActionDocument{"restart": {Name: "restart", Title: "Restart checkout", Confirm: "Restart it?", Style: "danger", NeedsApproval: true}}
	ann := record.Who{Backend: "slack", ID: "U0000000ANN", Name: "ann"}
	show := func(name string, c chat.Content) {
		t.Helper()
		golden(t, name+".json", map[string]any{"text": summary(c), "blocks": blocks(c)})
	}
	r := record.New("3f9a27c1d0")
	r.Apply(incident())
	place := &record.Place{Channel: "#shop", Note: "meant for #shop, where Parley cannot write: invite it there, or mend the policy"}
	show("opened", message.Incident(r, nil, actions))

	r.Acknowledge(ann, began.Add(time.Minute), "on it")
	r.SetMute(&record.Mute{ID: "s1", Until: began.Add(time.Hour), By: "ann"}, began)
	r.Ask("run1", "restart", "Restart checkout", ann, began.Add(2*time.Minute))
	run := &eventv1.RunChanged{RunId: "run1", Version: 1, Action: "restart", State: eventv1.RunState_RUN_STATE_AWAITING_APPROVAL, Plan: "Restart checkout; requests fail for some seconds",
		Approvers: []string{"@ops"}, ExpiresAt: timestamppb.New(began.Add(15 * time.Minute)), Incident: incident()}
	r.ApplyRun(run)
	show("busy", message.Incident(r, place, actions))
	show("approval", message.Run(r, r.Runs[0]))

	run.Version, run.State, run.Result = 2, eventv1.RunState_RUN_STATE_DONE, "restarted in 3 s"
	run.StartedAt, run.FinishedAt = timestamppb.New(began.Add(3*time.Minute)), timestamppb.New(began.Add(3*time.Minute+2*time.Second))
	run.DecidedBy = &eventv1.Actor{Backend: "slack", Person: &eventv1.Person{Id: "U0000000BOB", Name: "bob"}}
	run.Verification = &eventv1.Verification{Effect: eventv1.Effect_EFFECT_RECOVERED, Text: "recovered in 3 min: 912 ms → 240 ms"}
	r.ApplyRun(run)
	end := incident()
	end.Version, end.State, end.Reason = 2, eventv1.IncidentState_INCIDENT_STATE_RESOLVED, eventv1.IncidentReason_INCIDENT_REASON_RECOVERED
	end.At, end.ResolvedAt = timestamppb.New(began.Add(12*time.Minute)), timestamppb.New(began.Add(12*time.Minute))
	end.Conditions[0].Value, end.Conditions[0].Holds = 240, false
	r.Apply(end)
	show("resolved", message.Incident(r, nil, actions))
	show("done", message.Run(r, r.Runs[0]))
	show("history", message.Lines(r.Lines, ""))

	var members []*message.Member
	for i := range 30 {
		c := incident()
		c.Id, c.Policy, c.Severity = fmt.Sprintf("member%02d", i), []string{"cpu", "disk"}[i%2], eventv1.Severity(1+i%3)
		c.Labels = []*eventv1.Label{{Name: "instance", Value: fmt.Sprintf("web-%d", i)}}
		m := message.NewMember(c)
		if i == 0 {
			end := incident()
			end.Version, end.State, end.ResolvedAt = 2, eventv1.IncidentState_INCIDENT_STATE_RESOLVED, timestamppb.New(began.Add(time.Minute))
			m.Take(end)
		}
		members = append(members, m)
	}
	show("group", message.Group(members, began, ""))
}
