package inbound

import (
	"context"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// cutValue splits a control's value: "<incident>" or "<incident>.<rest>".
func cutValue(v string) (incident, rest string, ok bool) { return strings.Cut(v, ".") }

// click does what a button or a menu stands for.
func (h *Handler) click(ctx context.Context, in *eventv1.Inbound, c *eventv1.Click) error {
	if c.GetCallbackId() == runForm && c.GetViewId() != "" {
		return h.runFormChanged(ctx, in, c)
	}
	if c.GetViewId() != "" && !c.GetHome() {
		return h.entered(ctx, in, c)
	}
	if c.GetHome() {
		if !home(in, c) {
			return refuse("other_message", "This button belongs to somebody else's page. Nothing was done.")
		}
		defer func() { _ = h.home(ctx, in) }() // also after a refusal: what it shows may be old
		if done, err := h.atHome(ctx, in, c); done {
			return err
		}
	}
	if done, err := h.conversation(ctx, in, c); done {
		return err
	}
	id, _, _ := cutValue(c.GetValue())
	switch action := c.GetActionId(); {
	case action == message.RunbookButton:
		return nil // only a link
	case action == message.TestButton:
		return h.tested(ctx, in, c.GetValue())
	case action == message.ExtendButton:
		if err := h.extend(ctx, in, c.GetValue()); err != nil {
			return err
		}
		h.answer(ctx, in, chat.Say("🔕 The silence lasts 4 hours longer."))
		return nil
	case action == message.LetEndButton:
		h.answer(ctx, in, chat.Say("🔔 The silence ends by itself. What is still open then is told."))
		return nil
	case action == message.AckGroupButton:
		return h.ackGroup(ctx, in, c.GetValue())
	case strings.HasPrefix(action, message.RunButton), action == message.UndoButton, action == message.ApproveButton, action == message.RejectButton:
		r, claim, err := h.opened(ctx, in, c, id)
		if err != nil {
			return err
		}
		switch action {
		case message.UndoButton:
			return h.undo(ctx, in, c, r, claim)
		case message.ApproveButton:
			return h.decide(ctx, in, r, claim, true, "")
		case message.RejectButton:
			return h.reject(ctx, in, c, r, claim)
		}
		return h.runButton(ctx, in, c, r, claim)
	}
	return refuse("unknown", "Parley does not know this button any more.")
}

// known returns the record of an incident, made if its message is a group's.
func (h *Handler) known(ctx context.Context, id string) (*record.Record, error) {
	if !idLike(id) {
		return nil, refuse("unknown", "There is no such incident.")
	}
	r, err := h.Store.Fresh(ctx, id)
	if err != nil {
		return nil, err
	}
	if r != nil && (r.Incident() != nil || len(r.Runs) > 0) {
		return r, nil
	}
	c, err := h.incident(ctx, id)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, refuse("unknown", "There is no open incident %s.", message.Short(id))
	}
	return h.promote(ctx, c)
}

// promote gives an incident a record of its own, with its places in the
// threads of the groups that stand for it.
func (h *Handler) promote(ctx context.Context, c *eventv1.IncidentChanged) (*record.Record, error) {
	groups := h.Grouped(c.GetId())
	return h.Store.Mutate(ctx, c.GetId(), func(r *record.Record) error {
		if r.Incident() != nil {
			return record.ErrUnchanged
		}
		r.Apply(c)
		for channel, key := range groups {
			p := r.Place(channel)
			p.Group, p.Lines = key, len(r.Lines) // the group told that it opened
		}
		return nil
	})
}

// acknowledge notes who works on it.
func (h *Handler) acknowledge(ctx context.Context, in *eventv1.Inbound, r *record.Record, comment string) error {
	by := who(in)
	fresh := false
	r, err := h.Store.Mutate(ctx, r.ID, func(r *record.Record) error {
		if fresh = r.Acknowledge(by, when(in), comment); !fresh {
			return record.ErrUnchanged
		}
		return nil
	})
	if err != nil {
		return err
	}
	switch {
	case fresh:
		h.audit(ctx, in, "acknowledged", r.ID, "", comment)
	case !r.Open():
		return refuse("over", "That incident is resolved already.")
	case r.Ack != nil && r.Ack.By.ID != by.ID:
		return refuse("acknowledged", "%s is on it already.", r.Ack.By.Mention())
	}
	h.show(ctx, r.ID)
	return nil
}

// tomorrow is when people are back: nine o'clock UTC, at least eight hours on.
func tomorrow(now time.Time) time.Time {
	t := now.UTC().Truncate(24 * time.Hour).Add(9 * time.Hour)
	for t.Sub(now) < 8*time.Hour {
		t = t.Add(24 * time.Hour)
	}
	return t
}

// idLike reports whether s may be an incident's id: one token of a key.
func idLike(s string) bool {
	return s != "" && len(s) <= 100 && strings.IndexFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	}) < 0
}
