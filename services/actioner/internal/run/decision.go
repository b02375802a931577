package run

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/internal/approval"
	"github.com/parley-ops/parley/services/actioner/internal/audit"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/permission"
)

// mostRefusals is how many refused decisions on one run are told to people;
// further ones are audited and counted only.
const mostRefusals = 16

// mostReason is how many letters of a reason are kept.
const mostReason = 300

// decide handles a second person's yes or no.
func (r *Runner) decide(ctx context.Context, m *bus.Message[*eventv1.ActionMessage], d *eventv1.RunDecided) error {
	if !ValidID(d.GetRunId()) {
		r.Metrics.refused(string(BadRequest))
		return bus.Permanent(errors.New("a decision without a usable run id"))
	}
	h, err := r.find(ctx, d.GetRunId())
	if errors.Is(err, bus.ErrNotFound) {
		r.Metrics.refused(string(NoRun))
		r.Log.Warn("decision on a run that does not exist", "run", d.GetRunId(), "actor", nameOf(d.GetActor()))
		return audit.Write(ctx, r.Bus, audit.Refusal(&eventv1.RunRecord{}, d, m.Sequence, string(NoRun), "there is no such run", time.Now()))
	}
	if err != nil {
		return err
	}
	if slices.Contains(h.rec.GetRefusedDecisions(), m.Sequence) {
		return r.resume(ctx, h) // told already
	}
	switch v := r.People.Judge(h.run(), d, time.Now()); v.Outcome {
	case approval.Approved:
		return r.approved(ctx, m, h, d)
	case approval.Rejected:
		return r.end(ctx, h, eventv1.RunState_RUN_STATE_REJECTED, d.GetActor(), rejection(d))
	case approval.Expired:
		return r.expire(ctx, h)
	case approval.Refused:
		return r.refuseDecision(ctx, m, h, d, v)
	default:
		// Too late, or this very decision again after its executor died.
		if err := r.late(ctx, m, h, d); err != nil {
			return err
		}
		return r.resume(ctx, h)
	}
}

// late audits a decision on a run that waits no more, unless it is of the one
// who decided. The thread says what became of the run, so nothing is told.
func (r *Runner) late(ctx context.Context, m *bus.Message[*eventv1.ActionMessage], h *held, d *eventv1.RunDecided) error {
	by := h.run().GetDecidedBy()
	if by.GetBackend() == d.GetActor().GetBackend() && by.GetPerson().GetId() == d.GetActor().GetPerson().GetId() {
		return nil
	}
	r.Metrics.refused(string(TooLate))
	state := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(h.run().GetState().String(), "RUN_STATE_"), "_", " "))
	text := nameOf(d.GetActor()) + " decided when the run was " + state + " already; nothing was changed"
	return audit.Write(ctx, r.Bus, audit.Refusal(h.rec, d, m.Sequence, string(TooLate), text, time.Now()))
}

// approved starts a run that two people agree on, if it is still what they
// agreed on.
func (r *Runner) approved(ctx context.Context, m *bus.Message[*eventv1.ActionMessage], h *held, d *eventv1.RunDecided) error {
	a, found := r.action(h.run().GetAction())
	var no *Refusal
	switch p, err := Plan(a, h.run(), h.rec.GetAsked(), r.Settings); {
	case !found || a.Approval == nil:
		no = &Refusal{PlanChanged, "the action was changed or removed meanwhile; ask again"}
	case err != nil || p.Hash != h.run().GetPlanHash():
		no = &Refusal{PlanChanged, "what the action does was changed after it was asked for; ask again, so that both see the same plan"}
	case !allows(a.Allow, h.run().GetRequestedBy()):
		no = &Refusal{NotAllowed, nameOf(h.run().GetRequestedBy()) + " may not run this any more"}
	case !permission.Allows(a.Approval.From, d.GetActor()):
		no = &Refusal{NotAllowed, nameOf(d.GetActor()) + " may not approve this any more"}
	}
	var err error
	if no == nil {
		if no, err = r.fresh(ctx, a, h.run(), m.Stored, m.Attempt); err != nil {
			return err
		}
	}
	if no == nil {
		if no, err = r.let(ctx, h.rec, a, d.GetActor(), m.Stored); err != nil {
			return err
		}
	}
	err = r.change(ctx, h, func(rec *eventv1.RunRecord) {
		rec.Run.DecidedBy = d.GetActor()
		if no != nil {
			r.refuse(rec, no)
			return
		}
		r.start(rec, a)
	})
	if err != nil {
		return err
	}
	if no != nil {
		return r.settle(ctx, h)
	}
	if err := r.at(pointRecorded); err != nil {
		return err
	}
	return r.execute(ctx, h, a, false)
}

// refuseDecision tells, once, why a decision does not count. The run goes on
// waiting.
func (r *Runner) refuseDecision(ctx context.Context, m *bus.Message[*eventv1.ActionMessage], h *held, d *eventv1.RunDecided, v approval.Verdict) error {
	r.Metrics.refused(string(v.Reason))
	if err := audit.Write(ctx, r.Bus, audit.Refusal(h.rec, d, m.Sequence, string(v.Reason), v.Text, time.Now())); err != nil {
		return err
	}
	if len(h.rec.GetRefusedDecisions()) >= mostRefusals {
		return nil
	}
	err := r.change(ctx, h, func(rec *eventv1.RunRecord) {
		rec.Run.Result = v.Text
		rec.RefusedDecisions = append(rec.RefusedDecisions, m.Sequence)
	})
	if err != nil {
		return err
	}
	return r.settle(ctx, h)
}

// rejection says who said no, and why.
func rejection(d *eventv1.RunDecided) string {
	text := nameOf(d.GetActor()) + " said no"
	why := []rune(strings.Join(strings.Fields(d.GetReason()), " "))
	if len(why) > mostReason {
		why = append(why[:mostReason-1], '…')
	}
	if len(why) > 0 {
		text += ": " + string(why)
	}
	return text
}

func (r *Runner) expire(ctx context.Context, h *held) error {
	return r.end(ctx, h, eventv1.RunState_RUN_STATE_EXPIRED, nil, "nobody decided in time; nothing was done")
}

// end ends a run that waited.
func (r *Runner) end(ctx context.Context, h *held, state eventv1.RunState, by *eventv1.Actor, result string) error {
	err := r.change(ctx, h, func(rec *eventv1.RunRecord) {
		rec.Run.State, rec.Run.DecidedBy, rec.Run.Result = state, by, result
	})
	if err != nil {
		return err
	}
	return r.settle(ctx, h)
}
