package remedy

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

var began = time.Unix(1_795_000_000, 0)

// record is one letter a run: r recovered after 1, 2, 3 … min, b better, n none.
func record(effects string) *eventv1.Remedy {
	r := &eventv1.Remedy{}
	for i, e := range effects {
		run := &eventv1.RemedyRun{RunId: fmt.Sprint(i), At: timestamppb.New(began.Add(time.Duration(i) * time.Hour)),
			Effect: map[rune]eventv1.Effect{'r': eventv1.Effect_EFFECT_RECOVERED, 'b': eventv1.Effect_EFFECT_BETTER, 'n': eventv1.Effect_EFFECT_NONE}[e],
			Took:   durationpb.New(time.Duration(i+1) * time.Minute)}
		r, _ = Add(r, run)
	}
	return r
}

func TestOf(t *testing.T) {
	t.Parallel()
	f := func(effects, words, demoted string) {
		t.Helper()
		s := Of(record(effects))
		if s.Words() != words || s.Demoted != demoted {
			t.Errorf("%q: %q, demoted %q", effects, s.Words(), s.Demoted)
		}
	}
	f("", "", "")
	f("r", "fixed 1 of 1 time, median 1 min", "")
	f("rrrn", "fixed 3 of 4 times, median 2 min", "")
	f("rrrr", "fixed 4 of 4 times, median 3 min", "")
	f("nn", "fixed 0 of 2 times", "")
	f("rrrbnn", "fixed 3 of 6 times, median 2 min", "it did not help the last 3 times")
	f("rrrbnnr", "fixed 4 of 7 times, median 3 min", "")
	f("nnnr", "fixed 1 of 4 times, median 4 min", "")
	f("nnrnn", "fixed 1 of 5 times, median 3 min", "it helped only 1 of 5 times")
}

func TestAdd(t *testing.T) {
	t.Parallel()
	r := record("")
	for i := range 3 * Most {
		run := &eventv1.RemedyRun{RunId: fmt.Sprint(i), At: timestamppb.New(began.Add(time.Duration(i) * time.Minute)), Effect: eventv1.Effect_EFFECT_NONE}
		for twice := range 2 {
			next, changed := Add(r, run)
			if changed != (twice == 0) {
				t.Fatalf("run %d, time %d: changed %v", i, twice, changed)
			}
			r = next
		}
	}
	if len(r.GetRuns()) != Most || r.GetRuns()[Most-1].GetRunId() != fmt.Sprint(3*Most-1) {
		t.Errorf("%d runs, the last %v", len(r.GetRuns()), r.GetRuns()[Most-1])
	}
	if _, changed := Add(r, &eventv1.RemedyRun{RunId: "0", At: timestamppb.New(began)}); changed {
		t.Error("a run that was forgotten is counted again")
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	f := func(want bool, run *eventv1.RunChanged) {
		t.Helper()
		if got := Counts(run) != nil; got != want {
			t.Errorf("%v: %v", run, got)
		}
	}
	i := &eventv1.IncidentChanged{Id: "i", Policy: "p"}
	v := &eventv1.Verification{Effect: eventv1.Effect_EFFECT_RECOVERED}
	done := eventv1.RunState_RUN_STATE_DONE
	f(true, &eventv1.RunChanged{State: done, Incident: i, Verification: v})
	f(true, &eventv1.RunChanged{State: eventv1.RunState_RUN_STATE_FAILED, Incident: i})
	f(false, &eventv1.RunChanged{State: done, Incident: i})
	f(false, &eventv1.RunChanged{State: done, Verification: v})
	f(false, &eventv1.RunChanged{State: done, Incident: i, Verification: v, UndoOf: "x"})
	f(false, &eventv1.RunChanged{State: done, Incident: i, Verification: &eventv1.Verification{Effect: eventv1.Effect_EFFECT_NOT_MEASURABLE}})
	f(false, &eventv1.RunChanged{State: eventv1.RunState_RUN_STATE_UNKNOWN, Incident: i})
	f(false, &eventv1.RunChanged{State: eventv1.RunState_RUN_STATE_REFUSED, Incident: i})
}

func TestCompare(t *testing.T) {
	t.Parallel()
	good, unknown, bad := Of(record("rrr")), Of(record("")), Of(record("nnn"))
	if Compare(good, unknown) >= 0 || Compare(unknown, bad) >= 0 || Compare(unknown, unknown) != 0 {
		t.Error("the order is wrong")
	}
}
