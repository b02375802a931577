package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/audit"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/wait"
)

// takeOver goes on with a run whose executor died.
func (r *Runner) takeOver(ctx context.Context, h *held, a declare.Action, found bool) error {
	from, hadBegun := h.rec.GetExecutor(), begun(h.rec)
	rec := proto.CloneOf(h.rec)
	rec.Executor, rec.LeaseUntil = r.Instance, timestamppb.New(time.Now().Add(leaseFor))
	// Not put, which takes an equal record for its own: two hands of one
	// actioner may write the same in the same instant.
	revision, err := bus.ActionRuns.Update(ctx, r.Bus, rec.GetRun().GetRunId(), rec, h.revision)
	if err != nil {
		return err
	}
	h.rec, h.revision = rec, revision
	if !hadBegun {
		var no *Refusal
		if found {
			no, err = r.mayStart(ctx, h.run(), a.Allow, nil, nil, h.run().GetStartedAt().AsTime())
		}
		if no == nil && err == nil {
			no, err = r.frozen(ctx, a.Name, h.run().GetParameters())
		}
		if err != nil {
			return err
		} else if no != nil {
			if err := r.change(ctx, h, func(rec *eventv1.RunRecord) { r.refuse(rec, no) }); err != nil {
				return err
			}
			return r.settle(ctx, h)
		}
	}
	r.Log.Warn("run taken over", "run", h.run().GetRunId(), "from", from, "begun", hadBegun)
	p, err := Plan(a, h.run(), h.rec.GetAsked(), r.Settings)
	if !found || err != nil || p.Hash != h.run().GetPlanHash() {
		err := r.change(ctx, h, func(rec *eventv1.RunRecord) { changedMeanwhile(r, rec, hadBegun) })
		if err != nil {
			return err
		}
		return r.settle(ctx, h)
	}
	if hadBegun {
		if err := audit.Write(ctx, r.Bus, audit.Takeover(h.rec, from, time.Now())); err != nil {
			return err
		}
	}
	return r.execute(ctx, h, a, hadBegun)
}

// changedMeanwhile ends a run whose action is not what it was when it started.
func changedMeanwhile(r *Runner, rec *eventv1.RunRecord, hadBegun bool) {
	if !hadBegun {
		r.refuse(rec, &Refusal{PlanChanged, "the action was changed or removed meanwhile; nothing was done, ask again"})
		return
	}
	rec.LeaseUntil = nil
	rec.Run.State = eventv1.RunState_RUN_STATE_UNKNOWN
	rec.Run.Result = "it may or may not have happened: the actioner stopped while it ran, and the action was changed meanwhile. Please look, and run it again if need be."
}

// execute runs the action of a run that is started and ours. before: an
// earlier executor may have had the effect already.
func (r *Runner) execute(ctx context.Context, h *held, a declare.Action, before bool) error {
	if err := r.announce(ctx, h); err != nil {
		return err
	}
	if h.run().GetState() != eventv1.RunState_RUN_STATE_STARTED {
		return r.settle(ctx, h) // it could not be audited
	}
	if err := r.at(pointMarked); err != nil {
		return err
	}
	began, run := time.Now(), h.run()
	// From here until release the record belongs to the renewal of its lease.
	callCtx, release := r.keepLease(ctx, h, a.Timeout)
	result, failed := r.try(callCtx, a, run, before)
	ours := release()
	if halted := r.at(pointEffect); halted != nil {
		return halted
	}
	if !ours {
		return fmt.Errorf("run %s: the lease was lost: %w", h.run().GetRunId(), bus.ErrConflict)
	}
	if failed != nil && ctx.Err() != nil && action.OutcomeOf(failed) != action.OutcomeFailed && action.HasToken(a.Do) {
		// This actioner is stopping; another one repeats the call.
		return fmt.Errorf("run %s: stopping: %w", h.run().GetRunId(), failed)
	}
	r.Metrics.took(a.Name, time.Since(began))
	if action.OutcomeOf(failed) == action.OutcomeRefused && failed != nil {
		r.Metrics.refused(string(Precondition))
	} else if failed != nil {
		r.Log.Warn("action did not work", "run", h.run().GetRunId(), "action", a.Name, "err", failed)
	}
	if err := r.change(ctx, h, func(rec *eventv1.RunRecord) { finish(rec, a, result, failed) }); err != nil {
		return err
	}
	if err := r.at(pointResult); err != nil {
		return err
	}
	return r.settle(ctx, h)
}

// finish writes what came of a call into the record.
func finish(rec *eventv1.RunRecord, a declare.Action, result action.Result, err error) {
	run := rec.Run
	run.FinishedAt, run.Result = run.GetAt(), result.Text
	run.Resource, run.SavingUsdPerHour = result.Resource, result.SavingUSDPerHour
	rec.LeaseUntil = nil
	switch {
	case err == nil:
		run.State = eventv1.RunState_RUN_STATE_DONE
		run.Result += late(run)
		stated(run, a)
		if run.GetIncident().GetId() != "" && run.GetUndoOf() == "" || a.Verify.Silent != "" {
			rec.VerifyUntil = timestamppb.New(run.GetFinishedAt().AsTime().Add(a.Verify.Within))
		}
	case action.OutcomeOf(err) == action.OutcomeUnknown:
		run.State = eventv1.RunState_RUN_STATE_UNKNOWN
		run.Result = "it may or may not have happened: " + action.TextOf(err) + ". Please look, and run it again if need be."
	case action.OutcomeOf(err) == action.OutcomeRefused:
		run.State, run.Result = eventv1.RunState_RUN_STATE_REFUSED, action.TextOf(err)
	default:
		run.State, run.Result = eventv1.RunState_RUN_STATE_FAILED, action.TextOf(err)
	}
}

// tries is how often a call is made in one execution.
const tries = 3

// try calls the kind, again where that is safe. maybe: the effect may have
// come before already, so that no failure proves that it did not.
func (r *Runner) try(ctx context.Context, a declare.Action, run *eventv1.RunChanged, maybe bool) (action.Result, error) {
	token, each := action.HasToken(a.Do), a.Timeout
	if token {
		each = max(a.Timeout/tries, time.Second)
	}
	tell := r.progress(run)
	for n := 1; ; n++ {
		one, cancel := context.WithTimeout(ctx, each)
		call := r.call(run, a)
		call.Again, call.Progress = maybe, tell
		result, err := action.Do(one, a.Do, r.Secrets, call)
		cancel()
		if err == nil {
			return result, nil
		}
		outcome := action.OutcomeOf(err)
		again := outcome == action.OutcomeNotDone || outcome == action.OutcomeUnknown && token
		maybe = maybe || outcome == action.OutcomeUnknown
		if !again || n == tries || wait.For(ctx, 500*time.Millisecond<<n) != nil {
			if maybe && outcome != action.OutcomeUnknown {
				err = action.Unknown("an earlier try may have arrived, the last one did not work: "+action.TextOf(err), err)
			}
			return action.Result{}, err
		}
		r.Log.Warn("trying an action again", "run", run.GetRunId(), "attempt", n+1, "err", err)
	}
}

// keepLease returns a context for the call, which ends with the action's
// timeout or before the lease can end, and renews the lease meanwhile. release
// ends that and reports whether the run is still ours.
func (r *Runner) keepLease(ctx context.Context, h *held, timeout time.Duration) (callCtx context.Context, release func() bool) {
	callCtx, cancel := context.WithTimeout(ctx, timeout)
	stop, stopped := make(chan struct{}), make(chan bool, 1)
	go func() { stopped <- r.renew(context.WithoutCancel(ctx), h, stop, cancel) }()
	return callCtx, func() bool {
		cancel()
		close(stop)
		return <-stopped
	}
}

// renew keeps the lease until stop; if it cannot, it ends the call and returns
// false.
func (r *Runner) renew(ctx context.Context, h *held, stop <-chan struct{}, cancel func()) bool {
	every := time.NewTicker(leaseFor / 8)
	defer every.Stop()
	for {
		select {
		case <-stop:
			return true
		case <-every.C:
		}
		left := time.Until(h.rec.GetLeaseUntil().AsTime())
		if left > leaseFor*3/4 {
			continue
		}
		rec := proto.CloneOf(h.rec)
		rec.LeaseUntil = timestamppb.New(time.Now().Add(leaseFor))
		one, done := context.WithTimeout(ctx, leaseFor/8)
		revision, err := bus.ActionRuns.Update(one, r.Bus, rec.GetRun().GetRunId(), rec, h.revision)
		done()
		lost := false
		switch {
		case err == nil:
			h.rec, h.revision = rec, revision
		case errors.Is(err, bus.ErrConflict):
			lost = !r.stillOurs(ctx, h)
		default:
			lost = left < leaseFor/2
		}
		if lost {
			r.Log.Error("lease of a run lost, call ended", "run", rec.GetRun().GetRunId(), "err", err)
			cancel()
			<-stop
			return false
		}
	}
}

// stillOurs finds out whether a renewal that looked lost was stored.
func (r *Runner) stillOurs(ctx context.Context, h *held) bool {
	ctx, cancel := context.WithTimeout(ctx, leaseFor/8)
	defer cancel()
	now, err := r.find(ctx, h.run().GetRunId())
	if err != nil || now.rec.GetExecutor() != r.Instance || now.run().GetVersion() != h.run().GetVersion() {
		return false
	}
	h.rec, h.revision = now.rec, now.revision
	return true
}
