package message

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

func TestWhatAPolicyNeeds(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"all": "all of them have to hold", "any": "one of them is enough", "at least 2 of 3": "2 of 3 are enough",
		"all (1, 2, any (4, 5))":                   "the policy needs 1, 2 and (4 or 5)",
		"any (1, all (2, 3))":                      "the policy needs 1 or (2 and 3)",
		"all (1, 2, at least 1 of 2 (3, any (4)))": "the policy needs 1, 2 and (at least 1 of 2 3, 4)",
		"all (1, ":                  "the policy needs all (1, ",
		"some (1)) and more":        "the policy needs some (1)) and more",
		strings.Repeat("all (", 30): "the policy needs " + strings.Repeat("all (", 30),
	} {
		if got := needs(in); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", in, got, want)
		}
	}
}

func labelled(pairs ...string) *eventv1.IncidentChanged {
	c := &eventv1.IncidentChanged{}
	for i := 0; i+1 < len(pairs); i += 2 {
		c.Labels = append(c.Labels, &eventv1.Label{Name: pairs[i], Value: pairs[i+1]})
	}
	return c
}

func TestWhereAResourceIs(t *testing.T) {
	t.Parallel()
	f := func(want string, pairs ...string) {
		t.Helper()
		c := labelled(pairs...)
		if got := briefly(c); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	f("batch-report · i-1 · m5.2xlarge · shop (111122223333) · eu-west-1 · owner operator · env staging · team infra",
		"account", "111122223333", "account_name", "shop", "env", "staging", "instance_id", "i-1", "instance_type", "m5.2xlarge", "name", "batch-report",
		"owner", "operator", "region", "eu-west-1", "resource", "i-1", "resource_type", "instance", "team", "infra")
	f("reports-old · db.r5.large · 1 · eu-west-1 · env reports-old", "account", "1", "region", "eu-west-1", "name", "reports-old", "resource", "reports-old",
		"db_instance_identifier", "reports-old", "db_instance_class", "db.r5.large", "env", "reports-old")
	f("1 · eu-west-1 · load balancer app/shop/1 · target group tg-1", "account", "1", "region", "eu-west-1", "load_balancer", "app/shop/1", "target_group", "tg-1")
	f("service=checkout account=1", "account", "1", "service", "checkout") // no cloud's resource
	f("")
	long := []string{"account", "1", "region", "r"}
	for i := range 50 {
		long = append(long, "label"+strings.Repeat("x", i), strings.Repeat("v", 500))
	}
	if got := where(labelled(long...)); len(got) > 2*mostLabels+1 {
		t.Errorf("%d pieces", len(got))
	}
}

// text returns what a message says, without its form.
func text(c chat.Content) string {
	out := []string{c.Title}
	for _, p := range c.Parts {
		if lines, ok := p.(chat.Lines); ok {
			for _, l := range lines {
				line := ""
				for _, s := range l {
					line += s.Text
				}
				out = append(out, line)
			}
		}
	}
	return strings.Join(out, "\n")
}

func TestWhyWasteIsOver(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	f := func(want string, cpu float64, runs ...*eventv1.RunChanged) {
		t.Helper()
		c := labelled("account", "1", "region", "r", "name", "batch-report")
		c.Id, c.Version, c.Summary, c.Policy = "abc", 1, "batch-report idle for 9 d", "aws-idle-instance"
		c.State, c.Reason, c.Combination = eventv1.IncidentState_INCIDENT_STATE_OPEN, eventv1.IncidentReason_INCIDENT_REASON_BREACHED, "all (1, 2)"
		c.At, c.OpenedAt = timestamppb.New(at), timestamppb.New(at)
		c.Conditions = []*eventv1.ConditionState{
			{Metric: "aws.waste.idle_instance.cpu_max_percent", Kind: "below", Text: "below 5 %", Threshold: 5, HasThreshold: true, Holds: true, Value: 1.9, Peak: 1.2, Unit: "%", ValueAt: timestamppb.New(at)},
			{Metric: "aws.waste.idle_instance.usd_month", Kind: "above", Text: "above 1", Threshold: 1, HasThreshold: true, Holds: true, Value: 312, Peak: 312, Unit: "USD", ValueAt: timestamppb.New(at)}}
		r := record.New("abc")
		r.Apply(c)
		open := text(Incident(r, nil, View{Now: at}))
		if !strings.Contains(open, "1. CPU, each hour's most 1.9 % · below 5 %\n2. list price a month $312 · above $1\nthe policy needs 1 and 2") {
			t.Errorf("open:\n%s", open)
		}
		for _, run := range runs {
			r.Ask(run.RunId, run.Action, run.Action, record.Who{Name: "ann"}, at)
			run.Incident = c
			r.ApplyRun(run)
		}
		end := labelled("account", "1", "region", "r", "name", "batch-report")
		end.Id, end.Version, end.Summary, end.Policy, end.Conditions, end.OpenedAt = "abc", 2, c.Summary, c.Policy, c.Conditions, c.OpenedAt
		end.State, end.Reason, end.At, end.ResolvedAt = eventv1.IncidentState_INCIDENT_STATE_RESOLVED, eventv1.IncidentReason_INCIDENT_REASON_RECOVERED, timestamppb.New(at.Add(time.Hour)), timestamppb.New(at.Add(time.Hour))
		end.Conditions[0].Value, end.Conditions[0].Holds = cpu, cpu < 5
		end.Conditions[1].Value, end.Conditions[1].Holds = 0, false
		r.Apply(end)
		over := text(Incident(r, nil, View{Now: at}))
		if got, _, _ := strings.Cut(over, "\n"); got != "✅ batch-report idle for 9 d: "+want {
			t.Errorf("got %s, want %s", got, want)
		}
		if strings.Contains(over, "$0") || strings.Contains(over, "the policy needs") {
			t.Errorf("over:\n%s", over)
		}
	}
	run := func(action string, state eventv1.RunState, result, undone string) *eventv1.RunChanged {
		return &eventv1.RunChanged{RunId: "r-" + action, Version: 1, Action: action, State: state, Result: result, UndoneBy: undone}
	}
	const yes, no = eventv1.RunState_RUN_STATE_DONE, eventv1.RunState_RUN_STATE_REFUSED
	f("stopped", 1.9, run("stop-instance", yes, "i-1 is stopped", ""))
	f("stopped, then undone", 1.9, run("stop-instance", yes, "i-1 is stopped", "other"))
	f("kept until Sun 29 Nov 2026", 1.9, run("keep-7-days", yes, "i-1 is kept as it is until Sun 29 Nov 2026 (tag parley:keep-until)", ""))
	f("in use again (CPU, each hour's most 61 %)", 61, run("stop-instance", no, "no", ""))
	f("over (stopped, kept or gone)", 1.9)
}

func TestUndoingInWords(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{"Start": "start it again", "Start again": "start it again", "Start the database": "start the database again"} {
		if got := backwards(title); got != want {
			t.Errorf("%q: %q, want %q", title, got, want)
		}
	}
}
