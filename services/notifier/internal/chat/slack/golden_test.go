package slack

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/savings"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/seal"
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
	v := message.View{Actions: actions, Key: make(seal.Key, 32), Channel: "C0000000OPS", Now: began}
	ann := record.Who{Backend: "slack", ID: "U0000000ANN", Name: "ann"}
	show := func(name string, c chat.Content) {
		t.Helper()
		golden(t, name+".json", map[string]any{"text": summary(c), "blocks": blocks(c)})
	}
	r := record.New("3f9a27c1d0")
	r.Apply(incident())
	place := &record.Place{Channel: "#shop", Note: "meant for #shop, where Parley cannot write: invite it there, or mend the policy"}
	v.Plans = map[string]*eventv1.RunPlan{r.NextRun("restart"): {Words: "Restart checkout; requests fail for some seconds", Hash: "0123456789abcdef", Approvers: []string{"@ops"},
		ApproveWithin: durationpb.New(15 * time.Minute), Undo: "Start", UndoWithin: durationpb.New(time.Hour), Left: 3, Of: 5, Checks: []string{"the incident is still open", "not run on it within 1 min"}}}
	show("opened", message.Incident(r, nil, v))

	r.Acknowledge(ann, began.Add(time.Minute), "on it")
	r.SetMute(&record.Mute{ID: "s1", Until: began.Add(time.Hour), By: "ann"}, began)
	r.Ask("run1", "restart", "Restart checkout", ann, began.Add(2*time.Minute))
	run := &eventv1.RunChanged{RunId: "run1", Version: 1, Action: "restart", State: eventv1.RunState_RUN_STATE_AWAITING_APPROVAL, Plan: "Restart checkout; requests fail for some seconds",
		PlanHash: "0123456789abcdef", RequestedAt: timestamppb.New(began.Add(2 * time.Minute)), Approvers: []string{"@ops"}, ExpiresAt: timestamppb.New(began.Add(15 * time.Minute)), Incident: incident()}
	r.ApplyRun(run)
	show("busy", message.Incident(r, place, v))
	show("approval", message.Run(r, r.Runs[0], v))

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
	show("resolved", message.Incident(r, nil, v))
	show("done", message.Run(r, r.Runs[0], v))
	show("history", message.Lines(r.Lines, ""))

	var members []*message.Member
	for i := range 30 {
		c := incident()
		c.Id, c.Policy, c.Severity = fmt.Sprintf("member%02d", i), []string{"cpu", "disk"}[i%2], eventv1.Severity(1+i%3)
		c.Labels = []*eventv1.Label{{Name: "instance", Value: fmt.Sprintf("web-%d", i)}}
		m := message.NewMember(c, false)
		if i == 0 {
			end := incident()
			end.Version, end.State, end.ResolvedAt = 2, eventv1.IncidentState_INCIDENT_STATE_RESOLVED, timestamppb.New(began.Add(time.Minute))
			m.Take(end)
		}
		members = append(members, m)
	}
	show("group", message.Group{Members: members, At: began, Key: "ops.1"}.Content())
}

// TestWasteMessages compares the messages about waste: the owner's question,
// what became of it, a stop that can be undone, the digest.
func TestWasteMessages(t *testing.T) {
	t.Parallel()
	actions := map[string]*eventv1.ActionDocument{
		"stop-until-monday": {Name: "stop-until-monday", Title: "Stop until Monday 08:00", Style: "primary"},
		"start-instance":    {Name: "start-instance", Title: "Start again"}}
	ann := record.Who{Backend: "slack", ID: "U0000000ANN", Name: "ann"}
	v := message.View{Actions: actions, Key: make(seal.Key, 32), Channel: "C000000COST", Now: began, Owner: ann}
	show := func(name string, c chat.Content) {
		t.Helper()
		golden(t, name+".json", map[string]any{"text": summary(c), "blocks": blocks(c)})
	}
	c := incident()
	c.Policy, c.Severity, c.Actions, c.PreviousId = "aws-idle-instance", eventv1.Severity_SEVERITY_WARNING, []string{"stop-until-monday"}, ""
	c.Summary = "batch-report (m5.2xlarge) has idled 9 d and costs about $312 a month"
	c.Labels = []*eventv1.Label{{Name: "instance_id", Value: "i-0ba7c4e9d1f2a3b40"}, {Name: "owner", Value: "ann"}}
	c.Conditions = []*eventv1.ConditionState{{Metric: "aws.waste.idle_instance.usd_month", Text: "above 0", Holds: true, Value: 312, HasThreshold: true, Peak: 312, Unit: "USD"}}
	c.Ask = &eventv1.Ask{Owner: "ann", Question: "is batch-report still needed?", Within: durationpb.New(24 * time.Hour), Otherwise: "stop-until-monday"}
	r := record.New("3f9a27c1d0")
	r.Apply(c)
	r.AskOwner(began)
	show("asked", message.Incident(r, nil, v))
	v.Owner = record.Who{Name: "ann"}
	c.Ask.Otherwise = ""
	c.Version = 2
	r.Apply(c)
	show("asked_unknown", message.Incident(r, nil, v))

	if !r.Lapse(began.Add(24*time.Hour), "", "") {
		t.Error("the question does not lapse")
	}
	show("lapsed", message.Incident(r, nil, v))
	show("lapsed_history", message.Lines(r.Lines, ""))

	r.Ask("run1", "stop-until-monday", "Stop until Monday 08:00", ann, began.Add(time.Minute))
	run := &eventv1.RunChanged{RunId: "run1", Version: 1, Action: "stop-until-monday", State: eventv1.RunState_RUN_STATE_DONE, Plan: "Stop batch-report",
		Result: "batch-report is stopped", StartedAt: timestamppb.New(began), FinishedAt: timestamppb.New(began.Add(12 * time.Second)), SavingUsdPerHour: 0.428,
		UndoAction: "start-instance", UndoUntil: timestamppb.New(began.Add(24 * time.Hour)), UndoAt: timestamppb.New(began.Add(60 * time.Hour))}
	r.ApplyRun(run)
	show("undoable", message.Run(r, r.Runs[0], v))
	v.Now = began.Add(25 * time.Hour)
	show("undo_over", message.Run(r, r.Runs[0], v))

	d := &record.Digest{At: began, Total: 340, Unpriced: 1, More: 2, Watching: 1.25, Month: savings.Saved{USD: 41.5, Runs: 2, Since: began}, Ever: savings.Saved{USD: 1234, Runs: 9, Since: began, USDPerHour: 0.428},
		Finds: []savings.Find{{Incident: "3f9a27c1d0", Kind: "idle_instance", Name: "batch-report", Account: "shop", Region: "eu-west-1", Owner: "ann", For: 216 * time.Hour, USDMonth: 312, Priced: true},
			{Incident: "4f9a27c1d0", Kind: "unattached_volume", Name: "vol-1", Account: "shop", Region: "eu-west-1", For: 336 * time.Hour}}}
	show("digest", message.Digest(d))
}
