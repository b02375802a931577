package run

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// What may be tried with an approval, and what comes of it.
func TestApproval(t *testing.T) {
	t.Parallel()
	twin := person("U7", "@ops")
	twin.Person.Name = "Name of U1" // ann's other account
	for name, c := range map[string]struct {
		do      func(s *bed, hash string)
		want    eventv1.RunState
		effects int
		said    string
		audit   string
	}{
		"a second person": {func(s *bed, h string) { s.decide("run-1", h, true, bob) }, done, 1, "answered 200", "approved and started"},
		"a second person says it three times": {func(s *bed, h string) {
			for range 3 {
				s.decide("run-1", h, true, bob)
			}
		}, done, 1, "", "approved and started"},
		"two approve at once": {func(s *bed, h string) {
			s.decide("run-1", h, true, bob)
			s.decide("run-1", h, true, person("U3", "@ops"))
		}, done, 1, "", ""},
		"the same person": {func(s *bed, h string) { s.decide("run-1", h, true, ann) }, awaiting, 0, "a second person", "approval refused"},
		"the same person by another way": {func(s *bed, h string) {
			s.decide("run-1", h, true, &eventv1.Actor{Person: ann.Person, Backend: "cli", Groups: ann.Groups})
		}, awaiting, 0, "a second person", "approval refused"},
		"the same person, another account": {func(s *bed, h string) { s.decide("run-1", h, true, twin) }, awaiting, 0, "a second person", "approval refused"},
		"not among the approvers":          {func(s *bed, h string) { s.decide("run-1", h, true, person("U4", "@sales")) }, awaiting, 0, "may not decide", "approval refused"},
		"nobody":                           {func(s *bed, h string) { s.decide("run-1", h, true, nil) }, awaiting, 0, "may not decide", "approval refused"},
		"another plan":                     {func(s *bed, h string) { s.decide("run-1", "beef"+h[4:], true, bob) }, awaiting, 0, "another plan", "approval refused"},
		"no plan":                          {func(s *bed, h string) { s.decide("run-1", "", true, bob) }, awaiting, 0, "another plan", "approval refused"},
		"a no":                             {func(s *bed, h string) { s.decide("run-1", h, false, bob) }, rejected, 0, "said no", "rejected"},
		"a no by who asked: withdrawn":     {func(s *bed, h string) { s.decide("run-1", h, false, ann) }, rejected, 0, "said no", "rejected"},
		"a no by a stranger":               {func(s *bed, h string) { s.decide("run-1", h, false, person("U4")) }, awaiting, 0, "may not decide", "rejection refused"},
		"a no, then a yes": {func(s *bed, h string) {
			s.decide("run-1", h, false, bob)
			time.Sleep(time.Second)
			s.decide("run-1", h, true, bob)
		}, rejected, 0, "said no", "rejected"},
		"two at once: the second one's yes changes nothing": {func(s *bed, h string) {
			s.decide("run-1", h, true, bob)
			s.decide("run-1", h, true, person("U3", "@ops"))
		}, done, 1, "answered 200", "approval refused"},
		"somebody's no when it is done": {func(s *bed, h string) {
			s.decide("run-1", h, true, bob)
			time.Sleep(5 * time.Second)
			s.decide("run-1", h, false, person("U3", "@ops"))
		}, done, 1, "answered 200", "rejection refused"},
		"nobody says anything": {func(s *bed, h string) { time.Sleep(16 * time.Minute) }, expired, 0, "nobody decided in time", "expired"},
		"too late":             {func(s *bed, h string) { time.Sleep(15*time.Minute + time.Second); s.decide("run-1", h, true, bob) }, expired, 0, "nobody decided in time", "expired"},
		"the declaration changed meanwhile": {func(s *bed, h string) {
			s.declare(strings.ReplaceAll(declared, "https://a.", "https://evil."))
			s.decide("run-1", h, true, bob)
		}, refused, 0, "changed after it was asked for", "refused"},
		"the action is gone meanwhile": {func(s *bed, h string) { s.declare("actions: []"); s.decide("run-1", h, true, bob) }, refused, 0, "changed or removed", "refused"},
		"resolved meanwhile":           {func(s *bed, h string) { s.evaluator.Resolve("inc-1"); s.decide("run-1", h, true, bob) }, refused, 0, "is over by now", "refused"},
		"a wrong one does not spoil it": {func(s *bed, h string) {
			s.decide("run-1", h, true, ann)
			time.Sleep(time.Second)
			s.decide("run-1", h, true, bob)
		}, done, 1, "answered 200", "approval refused"},
		"forty wrong ones are not told forty times": {func(s *bed, h string) {
			for range 40 {
				s.decide("run-1", h, true, ann)
			}
		}, awaiting, 0, "a second person", "approval refused"},
		"the request again, after the yes": {func(s *bed, h string) {
			s.decide("run-1", h, true, bob)
			time.Sleep(time.Second)
			s.request("run-1", "two")
		}, done, 1, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newBed(t)
				s.with(2, nil, func() {
					s.request("run-1", "two")
					time.Sleep(time.Second)
					waiting := s.want("run-1", awaiting)
					if waiting.GetPlanHash() == "" || !slices.Equal(waiting.GetApprovers(), []string{"@ops"}) {
						t.Errorf("waiting: %v", waiting)
					}
					c.do(s, waiting.GetPlanHash())
					time.Sleep(20 * time.Second)
				})
				run := s.want("run-1", c.want)
				if s.fleet.Effects() != c.effects || !strings.Contains(run.GetResult(), c.said) {
					t.Errorf("%d effects, people are told %q", s.fleet.Effects(), run.GetResult())
				}
				if a := s.audited("run-1"); c.audit != "" && !slices.Contains(a, c.audit) {
					t.Errorf("audit %v, want %q in it", a, c.audit)
				}
				if run.GetVersion() > 2+mostRefusals {
					t.Errorf("told %d times", run.GetVersion())
				}
			})
		})
	}
}

// An approved run whose executor dies is the same as any other.
func TestKilledAfterTheApproval(t *testing.T) {
	t.Parallel()
	for _, point := range []string{pointReserved, pointRecorded, pointAudited, pointPublished, pointMarked, pointEffect, pointResult} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newBed(t)
				armed, died := false, false
				kill := func(at string) bool {
					s.mu.Lock()
					defer s.mu.Unlock()
					die := armed && !died && at == point
					died = died || die
					return die
				}
				s.with(2, kill, func() {
					s.request("run-1", "two")
					time.Sleep(time.Second)
					s.mu.Lock()
					armed = true
					s.mu.Unlock()
					s.decide("run-1", s.run("run-1").GetPlanHash(), true, bob)
					time.Sleep(patiently)
				})
				want := done
				if point == pointMarked || point == pointEffect {
					want = unknown
				}
				s.want("run-1", want)
				if !died || s.fleet.Effects() > 1 {
					t.Errorf("died: %v, effects: %d", died, s.fleet.Effects())
				}
			})
		})
	}
}

// Fifty people click on different buttons of one action at once.
func TestBoundsHoldUnderFiftyClicks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBed(t)
		s.with(4, nil, func() {
			for i := range 50 {
				s.request(fmt.Sprintf("b-%d", i), "bounded")
				s.request(fmt.Sprintf("c-%d", i), "cooled")
			}
			time.Sleep(30 * time.Second)
		})
		states := map[string]int{}
		for i := range 50 {
			for _, kind := range []string{"b", "c"} {
				states[kind+" "+s.run(fmt.Sprintf("%s-%d", kind, i)).GetState().String()]++
			}
		}
		if states["b RUN_STATE_DONE"] != 7 || states["b RUN_STATE_REFUSED"] != 43 || states["c RUN_STATE_DONE"] != 1 || states["c RUN_STATE_REFUSED"] != 49 {
			t.Errorf("got %v; want 7 of 50 within the bound, 1 of 50 within the cool-down", states)
		}
		if s.fleet.Effects() != 8 {
			t.Errorf("%d effects, want 8", s.fleet.Effects())
		}
		e, err := bus.ActionBounds.Get(context.Background(), s.reader, "bounded")
		if err != nil || len(e.Value.GetUses()) != 7 {
			t.Errorf("window %v, %v", e.Value, err)
		}
	})
}
