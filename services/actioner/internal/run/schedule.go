package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/actioner/internal/audit"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/wait"
)

const (
	// scheduleEvery is how often what is due is looked for.
	scheduleEvery = 30 * time.Second
	// lateAfter is how long after its time a scheduled run says that it is late.
	lateAfter = 2 * time.Minute
)

// scheduled is the id of the run that undoes a run at its time.
func scheduled(runID string) string { return runID[:min(len(runID), 120)] + "-until" }

// Acting is who acts where no person asks; for is whom it is for.
func Acting(for_ *eventv1.Actor) *eventv1.Actor {
	name := declare.Parley
	if who := nameOf(for_); who != "" && !automatic(for_) {
		name += ", for " + who
	}
	return &eventv1.Actor{Person: &eventv1.Person{Id: declare.Parley, Name: name}, Backend: declare.Parley}
}

// schedule keeps the undoing of a run that states its time. Doing it again
// changes nothing.
func (r *Runner) schedule(ctx context.Context, run *eventv1.RunChanged) error {
	if run.GetUndoAt() == nil || run.GetState() != eventv1.RunState_RUN_STATE_DONE || run.GetUndoneBy() != "" {
		return nil
	}
	id := scheduled(run.GetRunId())
	if _, err := bus.Schedules.Get(ctx, r.Bus, id); !errors.Is(err, bus.ErrNotFound) {
		return err
	}
	if _, err := r.find(ctx, id); !errors.Is(err, bus.ErrNotFound) {
		return err // it was asked for already
	}
	s := &eventv1.Schedule{Due: run.GetUndoAt(), MadeByRun: run.GetRunId(),
		Text: fmt.Sprintf("%s after %s on %s, asked for by %s", run.GetUndoAction(), run.GetAction(), or(run.GetResource(), "no resource"), nameOf(run.GetRequestedBy())),
		Request: &eventv1.RunRequested{RunId: id, Action: run.GetUndoAction(), UndoOf: run.GetRunId(), Incident: run.GetIncident(), Parameters: run.GetParameters(),
			Actor: Acting(run.GetRequestedBy()), At: run.GetUndoAt(), ChannelId: run.GetChannelId(), ThreadTs: run.GetThreadTs()}}
	if err := audit.Write(ctx, r.Bus, audit.Scheduled(run, s, time.Now())); err != nil {
		return err
	}
	_, err := bus.Schedules.Create(ctx, r.Bus, id, s)
	if errors.Is(err, bus.ErrConflict) {
		return nil
	}
	return err
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// Schedules asks for what is due until ctx is done. Any number of actioners may
// do so: the run's id makes it one run.
func (r *Runner) Schedules(ctx context.Context) {
	for {
		if err := r.ask(ctx, time.Now()); err != nil && ctx.Err() == nil {
			r.Log.Warn("scheduled runs not looked at", "err", err)
		}
		if wait.For(ctx, scheduleEvery) != nil {
			return
		}
	}
}

// ask asks for all that is due. What is frozen waits until it is thawed.
func (r *Runner) ask(ctx context.Context, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, scheduleEvery)
	defer cancel()
	entries, err := bus.Schedules.List(ctx, r.Bus)
	if err != nil {
		return err
	}
	for _, e := range entries {
		req := e.Value.GetRequest()
		if e.Value.GetDue().AsTime().After(now) {
			continue
		}
		no, err := r.frozen(ctx, req.GetAction(), req.GetParameters())
		if err != nil {
			return err
		}
		if no != nil {
			r.Log.Warn("a scheduled run waits for the thaw", "run", req.GetRunId(), "action", req.GetAction())
			continue
		}
		m := &eventv1.ActionMessage{Message: &eventv1.ActionMessage_Request{Request: req}}
		if _, err := bus.Publish(ctx, r.Bus, bus.ActionRequests(req.GetRunId()), "schedule/"+req.GetRunId(), m); err != nil {
			return err
		}
		if err := bus.Schedules.Delete(ctx, r.Bus, e.Key, e.Revision); err != nil && !errors.Is(err, bus.ErrConflict) {
			return err
		}
		r.Log.Info("asked for a scheduled run", "run", req.GetRunId(), "action", req.GetAction(), "due", e.Value.GetDue().AsTime())
	}
	return nil
}

// late says that a scheduled run comes late, or "".
func late(run *eventv1.RunChanged) string {
	due, began := run.GetRequestedAt().AsTime(), run.GetStartedAt().AsTime()
	if !automatic(run.GetRequestedBy()) || began.Sub(due) < lateAfter {
		return ""
	}
	return fmt.Sprintf(" (late: it was due %s, and began %s after that)", due.UTC().Format("Mon 2 Jan 15:04 MST"), began.Sub(due).Round(time.Second))
}

// stated fills in when a finished run is undone by itself.
func stated(run *eventv1.RunChanged, a declare.Action) {
	if a.Undo.Action == "" || run.GetUndoOf() != "" {
		return // and nobody undoes an undoing
	}
	done := run.GetFinishedAt().AsTime()
	run.UndoAction, run.UndoUntil = a.Undo.Action, timestamppb.New(done.Add(a.Undo.Within))
	if a.Until.IsZero() {
		return
	}
	at := a.Until.Next(done)
	run.UndoAt = timestamppb.New(at)
	run.Result += fmt.Sprintf("; %s follows %s, unless somebody undoes it before", a.Undo.Action, a.Until.Words(at))
}
