package inbound

import (
	"context"
	"errors"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/permission"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/seal"
)

// runButton asks for the run whose nonce the button carries.
func (h *Handler) runButton(ctx context.Context, in *eventv1.Inbound, c *eventv1.Click, r *record.Record, claim seal.Claim) error {
	name, runID := "", claim.Run
	if run := r.Run(runID); run != nil {
		name = run.Action
	}
	for _, a := range r.Incident().GetActions() {
		if name == "" && r.NextRun(a) == runID {
			name = a
		}
	}
	if name == "" {
		return refuse("stale", "This button is out of date. The message shows what can be done now.")
	}
	if doc := h.Actions()[name]; doc.GetForm() && r.Run(runID) == nil {
		return h.openRunForm(ctx, in, c, r, doc, runID)
	}
	return h.run(ctx, in, r, &eventv1.RunRequested{RunId: runID, Action: name, PlanHash: claim.Plan, ChannelId: c.GetChannelId(), ThreadTs: c.GetMessageTs()})
}

// run asks the actioner for a run, if the person may.
func (h *Handler) run(ctx context.Context, in *eventv1.Inbound, r *record.Record, q *eventv1.RunRequested) error {
	doc := h.Actions()[q.GetAction()]
	if doc == nil {
		return refuse("no_action", "No actioner offers %q at the moment. /parley actions lists what there is.", q.GetAction())
	}
	if old := r.Run(q.GetRunId()); old != nil && (old.By.ID != in.GetPerson().GetId() || old.Version > 0) {
		h.answer(ctx, in, chat.Say("That was asked for already, by "+old.By.Mention()+"."))
		return nil
	}
	if r.Incident() != nil && !r.Open() && q.GetUndoOf() == "" {
		return refuse("over", "That incident is resolved already: nothing was done.")
	}
	actor, err := h.among(ctx, in, doc.GetAllow())
	if err != nil {
		return err
	}
	if !permission.Allows(doc.GetAllow(), actor) {
		return refuse("not_allowed", "You may not run %q. Those who may: %s.", message.Title(doc), people(doc.GetAllow()))
	}
	by, at := who(in), when(in)
	r, err = h.Store.Mutate(ctx, r.ID, func(r *record.Record) error {
		asked := false
		if q.GetUndoOf() != "" {
			asked = r.AskUndo(q.GetRunId(), q.GetUndoOf(), q.GetAction(), message.Title(doc), by, at)
		} else {
			asked = r.Ask(q.GetRunId(), q.GetAction(), message.Title(doc), by, at)
		}
		if !asked {
			return record.ErrUnchanged
		}
		if r.Incident() == nil {
			r.Place(h.Default)
		}
		return nil
	})
	if err != nil {
		return err
	}
	run := r.Run(q.GetRunId())
	if run.By.ID != by.ID {
		h.answer(ctx, in, chat.Say("That was asked for already, by "+run.By.Mention()+"."))
		return nil
	}
	q.Incident, q.Actor, q.At = r.Incident(), actor, timestamppb.New(at)
	ask := &eventv1.ActionMessage{Message: &eventv1.ActionMessage_Request{Request: q}}
	if _, err := bus.Publish(ctx, h.Conn, bus.ActionRequests(q.GetRunId()), "run/"+q.GetRunId()+"/request", ask); err != nil {
		return err
	}
	h.audit(ctx, in, "requested", or(q.GetIncident().GetId(), q.GetAction()), q.GetRunId(), q.GetAction())
	h.show(ctx, r.ID)
	return nil
}

// decide says a second person's yes or no to a run, as its plan was shown to
// them.
func (h *Handler) decide(ctx context.Context, in *eventv1.Inbound, r *record.Record, claim seal.Claim, yes bool, reason string) error {
	runID := claim.Run
	run, actor, err := h.mayDecide(ctx, in, r, runID, yes)
	if err != nil {
		return err
	}
	state := run.State()
	d := &eventv1.RunDecided{RunId: runID, PlanHash: or(claim.Plan, state.GetPlanHash()), Approved: yes, Reason: reason, Actor: actor, At: timestamppb.New(when(in))}
	_, err = bus.Publish(ctx, h.Conn, bus.ActionRequests(runID), "run/"+runID+"/decide/"+in.GetId(),
		&eventv1.ActionMessage{Message: &eventv1.ActionMessage_Decision{Decision: d}})
	if err != nil {
		return err
	}
	what := "rejected"
	if yes {
		what = "approved"
	}
	h.audit(ctx, in, what, or(r.ID, runID), runID, decided(state, claim.Plan, reason))
	return nil
}

// mayDecide returns a run that waits, and who decides on it, or refuses.
func (h *Handler) mayDecide(ctx context.Context, in *eventv1.Inbound, r *record.Record, runID string, yes bool) (*record.Run, *eventv1.Actor, error) {
	run := r.Run(runID)
	if run == nil {
		return nil, nil, refuse("stale", "There is no such run.")
	}
	state := run.State()
	if state.GetState() != eventv1.RunState_RUN_STATE_AWAITING_APPROVAL {
		return nil, nil, refuse("late", "That run does not wait for an approval any more.")
	}
	may := state.GetApprovers()
	if len(may) == 0 {
		may = h.Actions()[run.Action].GetAllow()
	}
	actor, err := h.among(ctx, in, may)
	if err != nil {
		return nil, nil, err
	}
	if !permission.Allows(may, actor) {
		return nil, nil, refuse("not_allowed", "You may not approve %q. Those who may: %s.", run.Action, people(may))
	}
	if yes && run.By.ID == in.GetPerson().GetId() && run.By.Backend == in.GetBackend() {
		return nil, nil, refuse("same_person", "You asked for it yourself: somebody else has to approve.")
	}
	return run, actor, nil
}

// decided says for the audit what somebody decided on, and why.
func decided(run *eventv1.RunChanged, shown, reason string) string {
	text := run.GetPlan() + " (plan " + or(shown, run.GetPlanHash()) + ")"
	if reason != "" {
		text += ": " + reason
	}
	return text
}

// among returns the person with those groups of a list that the chat says they
// are in now. Where groups cannot be read, only who is named counts.
func (h *Handler) among(ctx context.Context, in *eventv1.Inbound, list []string) (*eventv1.Actor, error) {
	a := &eventv1.Actor{Person: in.GetPerson(), Backend: in.GetBackend()}
	var groups []string
	for _, entry := range list {
		if strings.HasPrefix(entry, "@") {
			groups = append(groups, entry)
		}
	}
	if len(groups) == 0 {
		return a, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var err error
	a.Groups, err = h.in(ctx, in.GetBackend(), in.GetPerson().GetId(), groups)
	if errors.Is(err, chat.ErrSetup) {
		h.Log.Error("groups cannot be read: only people who are allowed by name may act", "err", err)
		return a, nil
	}
	return a, err
}

// actor returns the person with the groups that the chat says they are in.
func (h *Handler) actor(ctx context.Context, in *eventv1.Inbound) (*eventv1.Actor, error) {
	a := &eventv1.Actor{Person: in.GetPerson(), Backend: in.GetBackend()}
	b, ok := chat.Named(h.Backend, in.GetBackend())
	if !ok {
		return a, nil
	}
	g, ok := b.(chat.Grouper)
	if !ok {
		return a, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	groups, err := g.Groups(ctx, in.GetPerson().GetId())
	if errors.Is(err, chat.ErrSetup) {
		h.Log.Error("groups cannot be read: only people who are allowed by name may act", "err", err)
		return a, nil
	}
	if err != nil {
		return nil, err
	}
	a.Groups = groups
	return a, nil
}

func people(list []string) string {
	if len(list) == 0 {
		return "nobody, until the action's `allow` names somebody"
	}
	return strings.Join(list, ", ")
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
