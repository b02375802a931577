package run

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/verify"
	"github.com/parley-ops/parley/services/internal/bus"
)

// freshWithin is how long the evaluator may keep a request waiting for a word
// on its incident.
const freshWithin = 30 * time.Second

// begin makes the first record of a run, and starts it if it may start.
func (r *Runner) begin(ctx context.Context, m *bus.Message[*eventv1.ActionMessage], req *eventv1.RunRequested) error {
	now := time.Now()
	req, no, err := r.inverse(ctx, req, now)
	if err != nil {
		return err
	}
	a, found := r.action(req.GetAction())
	run := &eventv1.RunChanged{RunId: req.GetRunId(), At: timestamppb.New(now), Action: req.GetAction(), Kind: a.Kind, DryRun: req.GetDryRun(), UndoOf: req.GetUndoOf(),
		Incident: req.GetIncident(), RequestedBy: req.GetActor(), RequestedAt: req.GetAt(), ChannelId: req.GetChannelId(), ThreadTs: req.GetThreadTs()}
	if run.GetRequestedAt() == nil {
		run.RequestedAt = timestamppb.New(m.Stored)
	}
	rec := &eventv1.RunRecord{Run: run, Asked: r.canonical(a, req.GetParameters())}
	if no == nil {
		no = Permit(req, a, found, m.Stored, now)
	}
	if no == nil {
		no = r.plan(rec, a)
	}
	if shown := req.GetPlanHash(); no == nil && shown != "" && shown != run.GetPlanHash() {
		no = &Refusal{PlanChanged, "what it does was changed since it was shown. Now it would: " + run.GetPlan() + ". Ask again if that is wanted"}
	}
	if no == nil && !run.GetDryRun() {
		if no, err = r.fresh(ctx, a, run, m.Stored, m.Attempt); err != nil {
			return err
		}
	}
	switch {
	case no != nil:
	case run.GetDryRun():
		r.dryRun(ctx, rec, a)
	case a.Approval != nil:
		run.State = eventv1.RunState_RUN_STATE_AWAITING_APPROVAL
		run.Approvers = a.Approval.From
		run.ExpiresAt = timestamppb.New(now.Add(a.Approval.Within))
	default:
		if no, err = r.let(ctx, rec, a, nil, m.Stored); err != nil {
			return err
		}
		r.start(rec, a)
	}
	if no != nil {
		r.refuse(rec, no)
	}
	h, err := r.create(ctx, rec)
	if err != nil {
		return err
	}
	if run.GetState() == eventv1.RunState_RUN_STATE_STARTED {
		return r.execute(ctx, h, a, false)
	}
	return r.settle(ctx, h)
}

// canonical returns the parameters with a cloud account by its id: one that is
// named in two ways has one target and one bound.
func (r *Runner) canonical(a declare.Action, asked map[string]string) map[string]string {
	name := asked["account"]
	if !strings.HasPrefix(a.Kind, "aws-") || r.account(name) == name {
		return asked
	}
	out := maps.Clone(asked)
	out["account"] = r.account(name)
	return out
}

// plan fills in what the run would do.
func (r *Runner) plan(rec *eventv1.RunRecord, a declare.Action) *Refusal {
	p, err := Plan(a, rec.GetRun(), rec.GetAsked(), r.Settings)
	if err != nil {
		return &Refusal{BadValues, r.Secrets.Scrub(err.Error())}
	}
	rec.Run.Parameters, rec.Run.Plan, rec.Run.PlanHash, rec.Target = p.Parameters, p.Words, p.Hash, p.Target
	return nil
}

// fresh sees whether the incident still stands. Its error asks to try again;
// it does not for longer than freshWithin after since.
func (r *Runner) fresh(ctx context.Context, a declare.Action, run *eventv1.RunChanged, since time.Time, attempt int) (*Refusal, error) {
	// What is undone may have ended the incident.
	if run.GetIncident().GetId() == "" || a.WhenResolved || run.GetUndoOf() != "" {
		return nil, nil
	}
	i, err := r.incident(ctx, run.GetIncident())
	switch {
	case err != nil && time.Since(since) < freshWithin:
		return nil, bus.RetryAfter(min(150*time.Millisecond<<min(attempt, 5), 3*time.Second), fmt.Errorf("look at the incident: %w", err))
	case err != nil:
		r.Log.Warn("incident not read, run refused", "run", run.GetRunId(), "incident", run.GetIncident().GetId(), "err", err)
		return &Refusal{NotChecked, "the incident could not be looked at, so nothing was done; ask again shortly"}, nil
	case verify.Ended(i):
		return &Refusal{Resolved, "the incident is over by now, so there is nothing to do"}, nil
	}
	return nil, nil
}

// start makes the run this actioner's to execute.
func (r *Runner) start(rec *eventv1.RunRecord, a declare.Action) {
	now := time.Now()
	rec.Run.State = eventv1.RunState_RUN_STATE_STARTED
	rec.Run.StartedAt, rec.Run.Result = timestamppb.New(now), ""
	rec.Executor, rec.LeaseUntil = r.Instance, timestamppb.New(now.Add(leaseFor))
}

func (r *Runner) refuse(rec *eventv1.RunRecord, no *Refusal) {
	rec.Run.State, rec.Run.Result = eventv1.RunState_RUN_STATE_REFUSED, no.Text
	rec.Run.StartedAt, rec.Executor, rec.LeaseUntil = nil, "", nil
	r.Metrics.refused(string(no.Reason))
}

// dryRun says what would be done, and what the kind sees without touching.
func (r *Runner) dryRun(ctx context.Context, rec *eventv1.RunRecord, a declare.Action) {
	run := rec.GetRun()
	run.State, run.FinishedAt = eventv1.RunState_RUN_STATE_DONE, timestamppb.Now()
	run.Result = "dry run, nothing was done. It would: " + run.GetPlan()
	if a.Approval != nil {
		run.Result += "; a second person would have to approve"
	}
	ctx, cancel := context.WithTimeout(ctx, min(a.Timeout, 5*time.Second))
	defer cancel()
	seen, err := action.Look(ctx, a.Do, r.Secrets, r.call(run, a))
	switch {
	case err != nil:
		run.Result += "; but " + action.TextOf(err)
	case seen.Text != "":
		run.Result += "; " + seen.Text
	}
}

func (r *Runner) call(run *eventv1.RunChanged, a declare.Action) action.Call {
	who := run.GetRequestedBy()
	return action.Call{RunID: run.GetRunId(), Action: run.GetAction(), Values: values(run, r.Settings), Automatic: automatic(who),
		Session: who.GetBackend() + "-" + who.GetPerson().GetId() + "-" + nameOf(who), Most: a.PerRun, Percent: a.AtMost.Percent}
}
