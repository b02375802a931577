package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/internal/bus"
)

// Undoable says why a run may not be undone by a request, or nil. orig is nil
// if there is no such run.
func Undoable(orig *eventv1.RunRecord, req *eventv1.RunRequested, now time.Time) *Refusal {
	run := orig.GetRun()
	switch {
	case orig == nil:
		return &Refusal{NotUndoable, "there is no such run (any more) to undo"}
	case run.GetState() != eventv1.RunState_RUN_STATE_DONE || run.GetDryRun():
		return &Refusal{NotUndoable, run.GetAction() + " was not done, so there is nothing to undo"}
	case run.GetUndoneBy() != "" && run.GetUndoneBy() != req.GetRunId():
		return &Refusal{NotUndoable, run.GetAction() + " was undone already"}
	case run.GetUndoAction() == "":
		return &Refusal{NotUndoable, run.GetAction() + " cannot be undone"}
	case req.GetAction() != "" && req.GetAction() != run.GetUndoAction():
		return &Refusal{NotUndoable, fmt.Sprintf("%s is undone by %s, not by %s", run.GetAction(), run.GetUndoAction(), req.GetAction())}
	case !automatic(req.GetActor()) && now.After(run.GetUndoUntil().AsTime()):
		return &Refusal{NotUndoable, fmt.Sprintf("%s could be undone until %s; %s can be run by itself",
			run.GetAction(), run.GetUndoUntil().AsTime().UTC().Format("Mon 2 Jan 15:04 MST"), run.GetUndoAction())}
	}
	return nil
}

// automatic reports whether no person asks, but a schedule.
func automatic(who *eventv1.Actor) bool { return who.GetBackend() == declare.Parley }

// inverse returns the request with what it takes from the run that it undoes:
// the same parameters on the same incident.
func (r *Runner) inverse(ctx context.Context, req *eventv1.RunRequested, now time.Time) (*eventv1.RunRequested, *Refusal, error) {
	if req.GetUndoOf() == "" {
		return req, nil, nil
	}
	orig, err := r.undone(ctx, req)
	if err != nil && !errors.Is(err, bus.ErrNotFound) {
		return nil, nil, err
	}
	var rec *eventv1.RunRecord
	if orig != nil {
		rec = orig.rec
	}
	req = proto.CloneOf(req)
	no := Undoable(rec, req, now)
	if rec == nil {
		return req, no, nil
	}
	run := rec.GetRun()
	if req.GetAction() == "" {
		req.Action = run.GetUndoAction()
	}
	if req.GetIncident().GetId() == "" {
		req.Incident = run.GetIncident()
	}
	if req.GetThreadTs() == "" {
		req.ChannelId, req.ThreadTs = run.GetChannelId(), run.GetThreadTs()
	}
	req.Parameters = map[string]string{}
	if a, found := r.action(req.GetAction()); found {
		for _, p := range a.Parameters {
			if v, ok := run.GetParameters()[p.Name]; ok {
				req.Parameters[p.Name] = v
			}
		}
	}
	return req, no, nil
}

func (r *Runner) undone(ctx context.Context, req *eventv1.RunRequested) (*held, error) {
	if !ValidID(req.GetUndoOf()) || req.GetUndoOf() == req.GetRunId() {
		return nil, bus.ErrNotFound
	}
	return r.find(ctx, req.GetUndoOf())
}

// claim makes the run the only one that undoes the other.
func (r *Runner) claim(ctx context.Context, run *eventv1.RunChanged) (*Refusal, error) {
	if run.GetUndoOf() == "" {
		return nil, nil
	}
	orig, err := r.find(ctx, run.GetUndoOf())
	if err != nil {
		return nil, err
	}
	other := orig.rec.GetUndoing()
	if other == run.GetRunId() {
		return nil, nil
	}
	if other != "" {
		o, err := r.find(ctx, other)
		if err != nil && !errors.Is(err, bus.ErrNotFound) {
			return nil, err
		}
		// One that was claimed and has no record yet is about to have it.
		if errors.Is(err, bus.ErrNotFound) || !inVain(o.run().GetState()) {
			return &Refusal{NotUndoable, orig.run().GetAction() + " is being undone already"}, nil
		}
	}
	rec := proto.CloneOf(orig.rec)
	rec.Undoing = run.GetRunId()
	_, err = bus.ActionRuns.Update(ctx, r.Bus, orig.run().GetRunId(), rec, orig.revision)
	return nil, err
}

// inVain reports whether a run ended without an effect.
func inVain(s eventv1.RunState) bool {
	switch s {
	case eventv1.RunState_RUN_STATE_REFUSED, eventv1.RunState_RUN_STATE_REJECTED, eventv1.RunState_RUN_STATE_EXPIRED, eventv1.RunState_RUN_STATE_FAILED:
		return true
	}
	return false
}

// undid marks the run that this one undid, and takes its schedule back.
func (r *Runner) undid(ctx context.Context, run *eventv1.RunChanged) error {
	if run.GetUndoOf() == "" || run.GetState() != eventv1.RunState_RUN_STATE_DONE || run.GetDryRun() {
		return nil
	}
	orig, err := r.find(ctx, run.GetUndoOf())
	if errors.Is(err, bus.ErrNotFound) {
		return nil // kept for 400 days: it is forgotten
	}
	if err != nil {
		return err
	}
	if orig.run().GetUndoneBy() == "" {
		err := r.change(ctx, orig, func(rec *eventv1.RunRecord) { rec.Run.UndoneBy, rec.Run.UndoAt = run.GetRunId(), nil })
		if err != nil {
			return err
		}
	}
	if err := r.announce(ctx, orig); err != nil {
		return err
	}
	return bus.Schedules.Delete(ctx, r.Bus, scheduled(run.GetUndoOf()), 0)
}
