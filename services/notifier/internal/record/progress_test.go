package record

import (
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// How far a run is changes its reply while it runs, and only forwards.
func TestProgressOfARun(t *testing.T) {
	t.Parallel()
	r := New("i")
	r.Apply(open(1))
	f := func(version uint32, state eventv1.RunState, progress string, after time.Duration, want bool) {
		t.Helper()
		rev := r.Rev
		c := &eventv1.RunChanged{RunId: "run1", Version: version, Action: "gc", State: state, Progress: progress, At: timestamppb.New(at.Add(after))}
		if got := r.ApplyRun(c); got != want || (r.Rev > rev) != want {
			t.Errorf("%v %q after %s: %v, rev %d → %d", state, progress, after, got, rev, r.Rev)
		}
	}
	started, done := eventv1.RunState_RUN_STATE_STARTED, eventv1.RunState_RUN_STATE_DONE
	f(2, started, "", 0, true)
	f(1, started, "stopping, for 5 s now", 5*time.Second, false)
	f(2, started, "stopping, for 20 s now", 20*time.Second, true)
	f(2, started, "stopping, for 20 s now", 20*time.Second, false)
	f(2, started, "stopping, for 10 s now", 10*time.Second, false)
	f(3, done, "", 30*time.Second, true)
	f(2, started, "stopping, for 40 s now", 40*time.Second, false)
	f(3, started, "stopping, for 40 s now", 40*time.Second, false)
	if s := r.Run("run1").State(); s.GetProgress() != "" || s.GetState() != done {
		t.Errorf("in the end %v", s)
	}
}
