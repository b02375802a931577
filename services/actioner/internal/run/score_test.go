package run

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/remedy"
)

// A run that helped is in the record of its action once, however often its end
// is delivered.
func TestTheRecordOfAnAction(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBed(t)
		s.with(2, nil, func() {
			s.request("run-1", "token")
			time.Sleep(time.Minute)
			s.evaluator.Resolve("inc-1")
			time.Sleep(time.Minute)
			for range 3 {
				s.request("run-1", "token")
			}
			time.Sleep(time.Minute)
		})
		s.want("run-1", done)
		e, err := bus.Remedies.Get(context.Background(), s.reader, remedy.Key("token", s.incident.GetPolicy()))
		if err != nil || len(e.Value.GetRuns()) != 1 || e.Value.GetRuns()[0].GetEffect() != eventv1.Effect_EFFECT_RECOVERED || e.Value.GetAction() != "token" {
			t.Errorf("%v %v", e.Value, err)
		}
	})
}

// A person who left the group after the click is refused; while nobody can say,
// the run waits, and in the end it is refused too.
func TestGroupsAreLookedUpAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer func(n int) ([]string, error)
		want   eventv1.RunState
	}{
		"still in it": {func(int) ([]string, error) { return []string{"@ops"}, nil }, done},
		"left":        {func(int) ([]string, error) { return nil, nil }, refused},
		"a while silent": {func(n int) ([]string, error) {
			if n < 4 {
				return nil, bus.ErrNoAnswer
			}
			return []string{"@ops"}, nil
		}, done},
		"silent": {func(int) ([]string, error) { return nil, bus.ErrNoAnswer }, refused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newBed(t)
				n := 0
				s.member = func(context.Context, *eventv1.Actor, []string) ([]string, error) { n++; return c.answer(n) }
				s.with(1, nil, func() {
					s.request("run-1", "token")
					time.Sleep(2 * time.Minute)
				})
				s.want("run-1", c.want)
				if calls := s.fleet.Calls(); (calls == 1) != (c.want == done) {
					t.Errorf("%d calls", calls)
				}
			})
		})
	}
}

// A request is bound to the plan that was shown, and a plan that is asked for is
// the one that runs.
func TestTheShownPlanIsTheOneThatRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBed(t)
		s.with(1, nil, func() {
			req := &eventv1.RunRequested{RunId: "run-1", Action: "token", Incident: s.incident}
			a := (&Runner{Bus: s.bus.Conn("actioner"), Action: s.action}).Plans(t.Context(), &eventv1.PlanQuery{Runs: []*eventv1.RunRequested{req, {RunId: "x", Action: "dance"}}})
			if len(a.GetPlans()) != 2 || a.GetPlans()[0].GetHash() == "" || a.GetPlans()[0].GetLeft() != 10000 || a.GetPlans()[1].GetRefused() == "" {
				t.Fatalf("%v", a)
			}
			s.request("run-1", "token", func(r *eventv1.RunRequested) { r.PlanHash = a.GetPlans()[0].GetHash() })
			s.request("run-2", "token", func(r *eventv1.RunRequested) { r.PlanHash = "another" })
			time.Sleep(time.Minute)
		})
		s.want("run-1", done)
		s.want("run-2", refused)
	})
}
