package notifier

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/rehearsal"
	"github.com/parley-ops/parley/services/notifier/route"
)

// What a policy runs by itself is asked for, within what bounds it, and what is
// found of waste has its price.
func TestARehearsalOfActionsAndWaste(t *testing.T) {
	start := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	r := NewRehearsal(rehearsal.Rules{Routes: route.New("#ops"), Plan: func(run *eventv1.RunRequested) *eventv1.RunPlan {
		return &eventv1.RunPlan{Hash: "h", Words: "stop " + run.GetIncident().GetLabels()[0].GetValue(), Of: 2}
	}})
	for n := range 4 {
		at := timestamppb.New(start.Add(time.Duration(n) * 25 * time.Minute))
		c := incident(fmt.Sprint("idle", n), 1)
		c.At, c.BeganAt, c.OpenedAt, c.Policy = at, at, at, "idle"
		c.Labels = []*eventv1.Label{{Name: "resource", Value: fmt.Sprint("i-", n)}}
		c.Automatic = []*eventv1.Automatic{{Action: "stop", After: durationpb.New(time.Minute)}}
		c.Conditions = []*eventv1.ConditionState{{Metric: "aws.waste.idle_instance.usd_month", Holds: true, Value: 70, ValueAt: at}}
		if err := r.Take(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	got, err := r.End(t.Context(), start.Add(3*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Actions) != 1 {
		t.Fatalf("actions %+v", got.Actions)
	}
	a := got.Actions[0]
	if a.Policy != "idle" || a.Name != "stop" || a.Asked != 3 || a.Limited != 1 || a.Refused != 0 || a.Runs[0].Plan != "stop i-0" || !a.Runs[0].At.Equal(start.Add(time.Minute)) {
		t.Errorf("actions %+v", a)
	}
	if w := got.Waste; w.Resources != 4 || w.USDMonth != 280 || w.Acted != 210 {
		t.Errorf("waste %+v", w)
	}
	if got.Incidents != 4 || got.Untold != 0 || got.Messages() != 4 {
		t.Errorf("%+v", got)
	}
}

// What runs by itself leaves alone what is silenced, told or not, unless its policy
// says otherwise.
func TestNothingRunsByItselfUnderASilence(t *testing.T) {
	start := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	f := func(begins time.Duration, whenSilenced bool, asked, refused int) {
		t.Helper()
		r := NewRehearsal(rehearsal.Rules{Routes: route.New("#ops"), Silences: []*eventv1.Silence{{Id: "s", Policy: "errors", Author: "ana",
			StartsAt: timestamppb.New(start.Add(begins)), EndsAt: timestamppb.New(start.Add(time.Hour))}}})
		c := of(1, 0, warning)
		c.At = timestamppb.New(start)
		c.OpenedAt, c.BeganAt = c.At, c.At
		c.Automatic = []*eventv1.Automatic{{Action: "stop", After: durationpb.New(time.Minute), WhenSilenced: whenSilenced}}
		if err := r.Take(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		got, err := r.End(t.Context(), start.Add(30*time.Minute))
		if err != nil || len(got.Actions) != 1 || got.Actions[0].Asked != asked || got.Actions[0].Refused != refused || refused > 0 && got.Actions[0].Why != "the incident is silenced" {
			t.Errorf("silenced %s after it opened, when_silenced %v: %+v %v", begins, whenSilenced, got.Actions, err)
		}
	}
	f(-time.Hour, false, 0, 1)
	f(30*time.Second, false, 0, 1)
	f(2*time.Minute, false, 1, 0)
	f(-time.Hour, true, 1, 0)
}
