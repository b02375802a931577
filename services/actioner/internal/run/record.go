package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/internal/audit"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/wait"
)

// patience is how long a record is tried to be written once there is something
// to lose.
const patience = 15 * time.Second

// held is a run's record with the revision at which it was read or written.
type held struct {
	rec      *eventv1.RunRecord
	revision uint64
}

func (h *held) run() *eventv1.RunChanged { return h.rec.GetRun() }

func (r *Runner) find(ctx context.Context, id string) (*held, error) {
	e, err := bus.ActionRuns.Get(ctx, r.Bus, id)
	if err != nil {
		return nil, err
	}
	return &held{e.Value, e.Revision}, nil
}

// create writes a run's first record; ErrConflict if there is one.
func (r *Runner) create(ctx context.Context, rec *eventv1.RunRecord) (*held, error) {
	rec.Run.Version = 1
	revision, err := bus.ActionRuns.Create(ctx, r.Bus, rec.GetRun().GetRunId(), rec)
	if err != nil {
		return nil, err
	}
	r.changed(rec)
	return &held{rec, revision}, r.at(pointRecorded)
}

// change writes a run's next version. What is not yet announced of the last
// one has to be announced before.
func (r *Runner) change(ctx context.Context, h *held, change func(*eventv1.RunRecord)) error {
	if err := r.announce(ctx, h); err != nil {
		return err
	}
	rec := proto.CloneOf(h.rec)
	rec.Run.Version++
	rec.Run.At = timestamppb.Now()
	change(rec)
	if err := r.put(ctx, h, rec); err != nil {
		return err
	}
	r.changed(rec)
	return nil
}

func (r *Runner) changed(rec *eventv1.RunRecord) {
	run := rec.GetRun()
	r.Metrics.run(run)
	r.Log.Info("run changed", "run", run.GetRunId(), "action", run.GetAction(), "state", run.GetState().String(), "version", run.GetVersion())
}

// put writes rec over what h holds. It tries for a while, and finds out
// whether a try that failed was stored after all.
func (r *Runner) put(ctx context.Context, h *held, rec *eventv1.RunRecord) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	pause := wait.Pause{First: 50 * time.Millisecond, Last: 2 * time.Second}
	for {
		try, stop := context.WithTimeout(ctx, 5*time.Second)
		revision, err := bus.ActionRuns.Update(try, r.Bus, rec.GetRun().GetRunId(), rec, h.revision)
		if errors.Is(err, bus.ErrConflict) {
			var now *held
			if now, err = r.find(try, rec.GetRun().GetRunId()); err == nil {
				if !proto.Equal(now.rec, rec) {
					stop()
					return fmt.Errorf("record of run %s: %w", rec.GetRun().GetRunId(), bus.ErrConflict)
				}
				revision = now.revision
			}
		}
		stop()
		if err == nil {
			h.rec, h.revision = rec, revision
			return nil
		}
		if pause.Wait(ctx) != nil {
			return fmt.Errorf("record of run %s: %w", rec.GetRun().GetRunId(), err)
		}
	}
}

// announce audits and publishes the newest change, if that is not done yet,
// and marks it. A run that is about to start and cannot be audited is refused
// instead.
func (r *Runner) announce(ctx context.Context, h *held) error {
	run := h.run()
	if h.rec.GetPublishedVersion() >= run.GetVersion() {
		return nil
	}
	audited := audit.Write(ctx, r.Bus, audit.Of(h.rec))
	if audited != nil && run.GetState() == eventv1.RunState_RUN_STATE_STARTED {
		r.Log.Error("audit refused, the action is not run", "run", run.GetRunId(), "err", audited)
		return r.unaudited(ctx, h)
	}
	if err := r.at(pointAudited); err != nil {
		return err
	}
	if err := r.publish(ctx, run); err != nil {
		return err
	}
	if audited != nil {
		return audited // people know; the audit is tried again with the message
	}
	if err := r.at(pointPublished); err != nil {
		return err
	}
	return r.mark(ctx, h)
}

// unaudited refuses a run whose effect has not begun because it could not be
// audited. This change is the one that is not audited either.
func (r *Runner) unaudited(ctx context.Context, h *held) error {
	rec := proto.CloneOf(h.rec)
	rec.Run.Version++
	rec.Run.At = timestamppb.Now()
	rec.Run.State = eventv1.RunState_RUN_STATE_REFUSED
	rec.Run.Result = "not run: it could not be written to the audit, and nothing is done that is not audited"
	if err := r.put(ctx, h, rec); err != nil {
		return err
	}
	r.changed(rec)
	r.Metrics.refused(string(NoAudit))
	if err := r.publish(ctx, rec.GetRun()); err != nil {
		return err
	}
	return r.mark(ctx, h)
}

func (r *Runner) publish(ctx context.Context, run *eventv1.RunChanged) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	_, err := bus.Publish(ctx, r.Bus, bus.Runs(run.GetRunId()), fmt.Sprintf("run/%s/%d", run.GetRunId(), run.GetVersion()), run)
	return err
}

func (r *Runner) mark(ctx context.Context, h *held) error {
	rec := proto.CloneOf(h.rec)
	rec.PublishedVersion = rec.GetRun().GetVersion()
	return r.put(ctx, h, rec)
}
