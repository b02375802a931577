package run

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/wait"
)

// groupTime is how long finding out about a group may take.
const groupTime = 20 * time.Second

// let says why a run that is about to start may not: who asked or approved is
// not in the group any more that may, actions are frozen,
// another run undoes the same, or a bound is reached.
// approver is the second person, if there has to be one.
func (r *Runner) let(ctx context.Context, rec *eventv1.RunRecord, a declare.Action, approver *eventv1.Actor, since time.Time) (*Refusal, error) {
	run := rec.GetRun()
	var from []string
	if a.Approval != nil {
		from = a.Approval.From
	}
	if no, err := r.mayStart(ctx, run, a.Allow, approver, from, since); no != nil || err != nil {
		return no, err
	}
	if no, err := r.frozen(ctx, a.Name, run.GetParameters()); no != nil || err != nil {
		return no, err
	}
	if no, err := r.claim(ctx, run); no != nil || err != nil {
		return no, err
	}
	var g action.Group
	if of, ok := a.Do.(action.Grouper); ok && a.AtMost.Percent > 0 {
		one, cancel := context.WithTimeout(ctx, groupTime)
		defer cancel()
		var err error
		if g, err = of.Group(one, r.call(run, a), a.AtMost.Of); err != nil {
			return &Refusal{NotChecked, r.Secrets.Scrub(action.TextOf(err)) + "; nothing was done"}, nil
		}
	}
	return r.reserve(ctx, rec, a, g)
}

// reserve takes the run's place within the action's bounds.
func (r *Runner) reserve(ctx context.Context, rec *eventv1.RunRecord, a declare.Action, g action.Group) (*Refusal, error) {
	limits := limits(a)
	limits.Percent, limits.Group = a.AtMost.Percent, g
	for range 200 {
		e, err := bus.ActionBounds.Get(ctx, r.Bus, a.Name)
		if err != nil && !errors.Is(err, bus.ErrNotFound) {
			return nil, err
		}
		use := &eventv1.ActionUse{RunId: rec.GetRun().GetRunId(), Target: rec.GetTarget(), At: timestamppb.Now(),
			Account: r.account(rec.GetRun().GetParameters()["account"]), Resource: g.Resource}
		next, no := Reserve(e.Value, use, limits)
		if no != nil {
			return no, nil
		}
		switch {
		case next == e.Value: // it has its place already
			return nil, nil
		case err != nil:
			_, err = bus.ActionBounds.Create(ctx, r.Bus, a.Name, next)
		default:
			_, err = bus.ActionBounds.Update(ctx, r.Bus, a.Name, next, e.Revision)
		}
		if err == nil {
			return nil, r.at(pointReserved)
		}
		if !errors.Is(err, bus.ErrConflict) {
			return nil, err
		}
		if err := wait.For(ctx, rand.N(20*time.Millisecond)); err != nil {
			return nil, err
		}
	}
	return nil, bus.RetryAfter(time.Second, errors.New("too many ask for this action at once"))
}
