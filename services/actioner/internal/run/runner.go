package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/approval"
	"github.com/parley-ops/parley/services/internal/bus"
)

// Runner carries runs through their lives. It keeps nothing in memory: any
// number of them may work beside each other.
type Runner struct {
	Bus *bus.Conn
	// Instance tells this actioner from others; it never comes again.
	Instance string
	Log      *slog.Logger
	// Action returns an action by its name as it is declared now.
	Action   func(name string) (declare.Action, bool)
	Settings map[string]string
	Secrets  *action.Vault
	Metrics  *Metrics
	// Account returns the id of a cloud account by its id or name, and whether
	// there is one such; nil: they are the same, and there may be.
	Account func(idOrName string) (id string, known bool)
	// FreezeAllow is who may freeze actions, and thaw them; empty is nobody.
	FreezeAllow []string
	// People is who is one person in several chats.
	People approval.People
	// Member returns which of these groups a person is in now; nil: what the
	// chat said when they clicked holds.
	Member func(ctx context.Context, who *eventv1.Actor, groups []string) ([]string, error)

	// halt is where tests end an executor's life: an error stops it there.
	halt func(point string) error
}

// The points of an executor's life at which tests end it.
const (
	pointReserved  = "after the reservation, before the record"
	pointRecorded  = "after the record, before the audit"
	pointAudited   = "after the audit, before the publication"
	pointPublished = "after the publication, before its mark"
	pointMarked    = "before the effect"
	pointEffect    = "between the effect and its record"
	pointResult    = "after the result's record"
	pointSettled   = "before the ack"
)

func (r *Runner) at(point string) error {
	if r.halt == nil {
		return nil
	}
	return r.halt(point)
}

// Request handles what is on actions.req: requests, decisions, freezes.
func (r *Runner) Request(ctx context.Context, m *bus.Message[*eventv1.ActionMessage]) error {
	var err error
	switch {
	case m.Event.GetRequest() != nil:
		err = r.request(ctx, m, m.Event.GetRequest())
	case m.Event.GetDecision() != nil:
		err = r.decide(ctx, m, m.Event.GetDecision())
	case m.Event.GetFreeze() != nil:
		err = r.request(ctx, m, asRun(m.Event.GetFreeze()))
	default:
		return bus.Permanent(errors.New("neither a request, a decision nor a freeze"))
	}
	if errors.Is(err, bus.ErrConflict) {
		// Somebody else wrote first: see what, soon.
		return bus.RetryAfter(200*time.Millisecond, err)
	}
	if err == nil {
		err = r.at(pointSettled)
	}
	return err
}

func (r *Runner) request(ctx context.Context, m *bus.Message[*eventv1.ActionMessage], req *eventv1.RunRequested) error {
	if !ValidID(req.GetRunId()) {
		r.Metrics.refused(string(BadRequest))
		return bus.Permanent(fmt.Errorf("run id %q: want letters, digits, - and _, at most 128", req.GetRunId()))
	}
	h, err := r.find(ctx, req.GetRunId())
	if errors.Is(err, bus.ErrNotFound) {
		return r.begin(ctx, m, req)
	}
	if err != nil {
		return err
	}
	return r.resume(ctx, h)
}

// resume goes on with a run that was found.
func (r *Runner) resume(ctx context.Context, h *held) error {
	a, found := r.action(h.rec.GetRun().GetAction())
	token := found && action.HasToken(a.Do)
	next, wait := Resume(h.rec, token, time.Now())
	switch next {
	case Wait:
		return bus.RetryAfter(wait, fmt.Errorf("%s works on run %s", h.rec.GetExecutor(), h.run().GetRunId()))
	case TakeOver:
		return r.takeOver(ctx, h, a, found)
	case GiveUp:
		err := r.change(ctx, h, func(rec *eventv1.RunRecord) {
			rec.Run.State = eventv1.RunState_RUN_STATE_UNKNOWN
			rec.Run.Result = "it may or may not have happened: the actioner stopped while it ran, and this cannot safely be repeated. Please look, and run it again if need be."
		})
		if err != nil {
			return err
		}
	}
	return r.settle(ctx, h)
}

// settle sees that the newest change is known and that what comes later is
// not forgotten.
func (r *Runner) settle(ctx context.Context, h *held) error {
	if err := r.announce(ctx, h); err != nil {
		return err
	}
	run := h.run()
	if err := r.undid(ctx, run); err != nil {
		return err
	}
	if err := r.schedule(ctx, run); err != nil {
		return err
	}
	if err := r.score(ctx, run); err != nil {
		return err
	}
	switch {
	case run.GetState() == eventv1.RunState_RUN_STATE_AWAITING_APPROVAL:
		return r.remind(ctx, "expiry", run.GetRunId())
	case needsVerifying(h.rec):
		return r.remind(ctx, "verify", run.GetRunId())
	}
	return nil
}

func (r *Runner) remind(ctx context.Context, what, id string) error {
	due := &eventv1.ActionMessage{Message: &eventv1.ActionMessage_Verification{Verification: &eventv1.VerificationDue{RunId: id}}}
	_, err := bus.Publish(ctx, r.Bus, bus.ActionVerifications(id), what+"/"+id, due)
	return err
}
