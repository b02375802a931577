package main

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/remedy"
)

// remedies: collecting garbage mostly helps, rebooting does not.
func (w *world) remedies() error {
	c, err := w.conn("actioner")
	if err != nil {
		return err
	}
	for _, of := range []struct{ action, policy, effects string }{{"collect-garbage", "checkout-slow", "rrnrrrrr"}, {"collect-garbage", "heap-full", "rr"}, {"reboot", "checkout-slow", "rnnn"}} {
		r := &eventv1.Remedy{Action: of.action, Policy: of.policy}
		for i, e := range of.effects {
			run := &eventv1.RemedyRun{RunId: fmt.Sprint(of.policy, i), At: timestamppb.New(w.began.Add(time.Duration(i) * time.Minute)), Effect: eventv1.Effect_EFFECT_NONE}
			if e == 'r' {
				run.Effect, run.Took = eventv1.Effect_EFFECT_RECOVERED, durationpb.New(3*time.Minute)
			}
			r.Runs = append(r.Runs, run)
		}
		if _, err := bus.Remedies.Put(w.ctx, c, remedy.Key(of.action, of.policy), r); err != nil {
			return err
		}
	}
	return nil
}

// plans is an actioner that says what runs would do; rebooting would be refused.
func (w *world) plans() error {
	c, err := w.conn("actioner")
	if err != nil {
		return err
	}
	w.do(func() error {
		return bus.Answer(w.ctx, c, bus.PlanQuestion, func(_ context.Context, q *eventv1.PlanQuery) *eventv1.PlanAnswer {
			out := &eventv1.PlanAnswer{}
			for _, run := range q.GetRuns() {
				p := &eventv1.RunPlan{RunId: run.GetRunId(), Action: run.GetAction(), Words: "Collect the garbage of " + run.GetIncident().GetLabels()[0].GetValue(), Hash: "c0ffee00",
					Target: "checkout-1", Parameters: run.GetParameters(), Checks: []string{"the incident is still open"}, Undo: "Restart", UndoWithin: durationpb.New(time.Hour),
					Left: 3, Of: 4, Approvers: []string{"@ops"}}
				if q.GetLook() {
					p.Seen = "its heap is 97 % full"
				}
				if run.GetAction() == "reboot" {
					p.Refused = "it was run 10 s ago: cool-down 1 m"
				}
				out.Plans = append(out.Plans, p)
			}
			return out
		})
	})
	return nil
}
