package run

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// What becomes of requests that may not run.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		action string
		change func(*bed, *eventv1.RunRequested)
		want   eventv1.RunState
		said   string
	}{
		"not allowed":               {"plain", func(_ *bed, r *eventv1.RunRequested) { r.Actor = person("U8", "@sales") }, refused, "may not run"},
		"nobody is allowed":         {"nobody", nil, refused, "its `allow` is empty"},
		"no such action":            {"dance", nil, refused, "no action"},
		"resolved meanwhile":        {"plain", func(s *bed, _ *eventv1.RunRequested) { s.evaluator.Resolve("inc-1") }, refused, "is over by now"},
		"resolved, which it may":    {"after", func(s *bed, _ *eventv1.RunRequested) { s.evaluator.Resolve("inc-1") }, done, ""},
		"an incident long gone":     {"plain", func(s *bed, _ *eventv1.RunRequested) { s.evaluator.Forget("inc-1") }, refused, "is over by now"},
		"nobody knows the state":    {"plain", func(_ *bed, r *eventv1.RunRequested) { r.Incident.Partition = 8 }, refused, "could not be looked at"},
		"a made-up parameter":       {"plain", func(_ *bed, r *eventv1.RunRequested) { r.Parameters = map[string]string{"x": "y"} }, refused, "no parameter"},
		"without an incident":       {"plain", func(_ *bed, r *eventv1.RunRequested) { r.Incident = nil }, done, ""},
		"dry":                       {"plain", func(_ *bed, r *eventv1.RunRequested) { r.DryRun = true }, done, "nothing was done"},
		"dry, with a second person": {"two", func(_ *bed, r *eventv1.RunRequested) { r.DryRun = true }, done, "a second person would have to approve"},
		"dry, not allowed":          {"plain", func(_ *bed, r *eventv1.RunRequested) { r.DryRun, r.Actor = true, person("U8") }, refused, "may not run"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newBed(t)
				s.with(1, nil, func() {
					s.request("run-1", c.action, func(r *eventv1.RunRequested) {
						if c.change != nil {
							c.change(s, r)
						}
					})
					time.Sleep(time.Minute)
				})
				run := s.want("run-1", c.want)
				if !strings.Contains(run.GetResult(), c.said) {
					t.Errorf("people are told %q, want %q", run.GetResult(), c.said)
				}
				effects := 0
				if c.want == done && !run.GetDryRun() {
					effects = 1
				}
				if s.fleet.Calls() != effects {
					t.Errorf("%d calls", s.fleet.Calls())
				}
				if len(s.audited("run-1")) == 0 {
					t.Error("nothing in the audit")
				}
			})
		})
	}
}

func TestRunIDs(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{"a-B_9": true, "": false, "a.b": false, "a b": false, ">": false, strings.Repeat("x", 129): false} {
		if ValidID(id) != want {
			t.Errorf("%q: want %v", id, want)
		}
	}
}

// What is found out about a run's effect.
func TestVerification(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		after func(s *bed)
		want  eventv1.Effect
		text  string
	}{
		"recovered": {func(s *bed) {
			time.Sleep(90 * time.Second)
			s.evaluator.Sample(35)
			time.Sleep(90 * time.Second)
			s.evaluator.Resolve("inc-1")
		},
			eventv1.Effect_EFFECT_RECOVERED, "recovered in 3 min: 97 % → 35 %"},
		"recovered and forgotten": {func(s *bed) { time.Sleep(time.Minute); s.evaluator.Sample(35); s.evaluator.Forget("inc-1") },
			eventv1.Effect_EFFECT_RECOVERED, "recovered in 63 s: 97 % → 35 %"},
		"forgotten by an owner that is behind": {func(s *bed) {
			s.evaluator.Lag(9)
			s.evaluator.Forget("inc-1")
			time.Sleep(2 * time.Minute)
			s.evaluator.Open("inc-1", 97)
			s.evaluator.Lag(0)
			s.evaluator.Sample(97.2)
		}, eventv1.Effect_EFFECT_NONE, "no effect after 5 min: 97 % → 97.2 %"},
		"none":        {func(s *bed) { time.Sleep(time.Minute); s.evaluator.Sample(96.8) }, eventv1.Effect_EFFECT_NONE, "no effect after 5 min: 97 % → 96.8 %"},
		"worse":       {func(s *bed) { time.Sleep(time.Minute); s.evaluator.Sample(99) }, eventv1.Effect_EFFECT_WORSE, "worse after 5 min: 97 % → 99 %"},
		"better":      {func(s *bed) { time.Sleep(time.Minute); s.evaluator.Sample(90) }, eventv1.Effect_EFFECT_BETTER, "better, but the incident is still open after 5 min: 97 % → 90 %"},
		"no new data": {func(*bed) {}, eventv1.Effect_EFFECT_NOT_MEASURABLE, "no telling after 5 min: there is no value to compare"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newBed(t)
				s.evaluator.Sample(97)
				time.Sleep(time.Second)
				s.with(2, nil, func() {
					s.request("run-1", "token")
					time.Sleep(100 * time.Millisecond)
					c.after(s)
					time.Sleep(patiently)
				})
				v := s.want("run-1", done).GetVerification()
				if v.GetEffect() != c.want || v.GetText() != c.text {
					t.Errorf("got %v %q, want %v %q", v.GetEffect(), v.GetText(), c.want, c.text)
				}
				if len(s.messages(bus.RunsLog, "runs.v1.run-1")) != 3 {
					t.Errorf("told %d times, want 3", len(s.messages(bus.RunsLog, "runs.v1.run-1")))
				}
			})
		})
	}
}
