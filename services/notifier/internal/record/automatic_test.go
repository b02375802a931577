package record

import (
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

func TestAutomatic(t *testing.T) {
	t.Parallel()
	opened := time.Unix(1_795_000_000, 0).UTC()
	fresh := func(times uint32) *Record {
		r := New("i")
		r.Apply(&eventv1.IncidentChanged{Id: "i", Version: 1, State: eventv1.IncidentState_INCIDENT_STATE_OPEN, OpenedAt: timestamppb.New(opened), At: timestamppb.New(opened), Actions: []string{"gc"},
			Automatic: []*eventv1.Automatic{{Action: "gc", After: durationpb.New(2 * time.Minute), Times: times}}})
		return r
	}
	want := func(r *Record, at time.Time) {
		t.Helper()
		if a, due := r.Automatic(); (a == nil) != at.IsZero() || !due.Equal(at) {
			t.Errorf("%v at %s, want %s", a, due, at)
		}
	}
	r := fresh(2)
	want(r, opened.Add(2*time.Minute))
	a, due := r.Automatic()
	if r.Automate(due.Add(-time.Second), a, "GC", "h", "") {
		t.Error("before its time")
	}
	if !r.Automate(due, a, "GC", "h", "") || r.Automate(due, a, "GC", "h", "") || len(r.Runs) != 1 || r.Unsent().Run != r.Runs[0].ID {
		t.Fatalf("not once: %+v", r.Runs)
	}
	want(r, time.Time{}) // it is under way
	change := func(version uint32, v *eventv1.Verification) {
		r.ApplyRun(&eventv1.RunChanged{RunId: r.Runs[0].ID, Version: version, Action: "gc", State: eventv1.RunState_RUN_STATE_DONE, At: timestamppb.New(due), Verification: v})
	}
	change(1, nil)
	want(r, time.Time{}) // nobody knows yet whether it helped
	change(2, &eventv1.Verification{Effect: eventv1.Effect_EFFECT_NONE, At: timestamppb.New(due.Add(5 * time.Minute))})
	want(r, due.Add(7*time.Minute))
	r = fresh(1)
	r.Ask("by-hand", "gc", "GC", Who{ID: "U1", Name: "ann"}, opened)
	want(r, time.Time{}) // a person was faster
	r = fresh(3)
	if !r.Automate(due, a, "GC", "", "actions are frozen") || len(r.Runs) != 0 || r.Unsent() != nil {
		t.Error("a refusal runs")
	}
	want(r, time.Time{}) // people decide
}
