package inbound

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/seal"
)

// opened returns the record and the claim that a signed value stands for, after
// making sure that it is ours, of this message or of this person's own page, and
// not too old. A page's values are signed for it as a message's are for its
// channel.
func (h *Handler) opened(ctx context.Context, in *eventv1.Inbound, c *eventv1.Click, id string) (*record.Record, seal.Claim, error) {
	claim, bad := h.Key().Open(c.GetValue(), c.GetActionId(), c.GetChannelId(), when(in))
	if errors.Is(bad, seal.ErrForged) {
		h.Log.Warn("a button's value is not one of ours", "person", in.GetPerson().GetId(), "incident", id, "control", c.GetActionId())
		return nil, claim, refuse("forged", "This button does not come from Parley as it stands: its value is not one of ours, or of another message. Nothing was done; please use the buttons of the incident's own message.")
	}
	r, err := h.known(ctx, claim.Incident)
	if err != nil {
		return nil, claim, err
	}
	if !home(in, c) && !ours(r, c.GetChannelId(), c.GetMessageTs(), when(in)) && !h.inGroup(r, c.GetChannelId(), c.GetMessageTs()) {
		return nil, claim, refuse("other_message", "This button belongs to another message. Nothing was done; please use the buttons of the incident's own message.")
	}
	if bad != nil && home(in, c) { // which is made anew after every click
		return nil, claim, refuse("expired", "This button was too old: what it shows may not be so any more. Nothing was done; your page has fresh buttons now.")
	}
	if bad != nil {
		h.renew(ctx, r.ID)
		return nil, claim, refuse("expired", "This button was too old: what it shows may not be so any more. Nothing was done; the message has fresh buttons now.")
	}
	return r, claim, nil
}

// ours reports whether a message is one of the record's: a message that is being
// posted may be clicked before its id is noted.
func ours(r *record.Record, channel, ts string, now time.Time) bool {
	for _, p := range r.Places {
		if p.ID != channel {
			continue
		}
		if p.Root.TS == ts || fresh(p.Root.Claim, now) {
			return true
		}
		for _, s := range p.Replies {
			if s.TS == ts || fresh(s.Claim, now) {
				return true
			}
		}
	}
	return false
}

// inGroup reports whether a message is that of a group which stands for the
// record.
func (h *Handler) inGroup(r *record.Record, channel, ts string) bool {
	for _, p := range r.Places {
		if p.Group == "" || h.GroupMessage == nil {
			continue
		}
		if id, at := h.GroupMessage(p.Channel, p.Group); id == channel && at == ts && ts != "" {
			return true
		}
	}
	return false
}

func fresh(c *record.Claim, now time.Time) bool {
	return c != nil && now.Sub(c.At) < time.Minute
}

// renew has the incident's messages written again, with fresh buttons.
func (h *Handler) renew(ctx context.Context, id string) {
	r, err := h.Store.Mutate(ctx, id, func(r *record.Record) error {
		r.Rev++
		for _, run := range r.Runs {
			if !run.Over() || run.State().GetUndoAction() != "" {
				run.Rev = r.Rev
			}
		}
		return nil
	})
	if err != nil {
		h.Log.Warn("buttons not renewed", "incident", id, "err", err)
		return
	}
	h.show(ctx, r.ID)
}

// undo asks for the run that undoes another: its id is the claim's.
func (h *Handler) undo(ctx context.Context, in *eventv1.Inbound, c *eventv1.Click, r *record.Record, claim seal.Claim) error {
	nonce := claim.Run
	if old := r.Run(nonce); old != nil {
		h.answer(ctx, in, chat.Say("That was asked for already, by "+old.By.Mention()+"."))
		return nil
	}
	for _, run := range r.Runs {
		action, id, _, ok := r.Undoable(run, when(in))
		if !ok || id != nonce {
			continue
		}
		of := run.State()
		return h.run(ctx, in, r, &eventv1.RunRequested{RunId: nonce, Action: action, UndoOf: run.ID, Parameters: of.GetParameters(), PlanHash: claim.Plan,
			ChannelId: c.GetChannelId(), ThreadTs: c.GetMessageTs()})
	}
	return refuse("late", "That cannot be undone with this button any more: the time for it has passed, or it was undone already.")
}

// Refused tells who asked for a run that the actioner refused it or that it
// failed, and why; the thread says so too.
func (h *Handler) Refused(ctx context.Context, c *eventv1.RunChanged) {
	by := c.GetRequestedBy()
	a, ok := h.Backend.(chat.Answerer)
	if _, ours := chat.Named(h.Backend, by.GetBackend()); !ok || !ours || c.GetChannelId() == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	title := c.GetAction()
	if doc := h.Actions()[c.GetAction()]; doc != nil {
		title = message.Title(doc)
	}
	to := chat.To{ChannelID: c.GetChannelId(), UserID: by.GetPerson().GetId()}
	text := "🚫 " + title + " was refused, nothing was done: "
	if c.GetState() == eventv1.RunState_RUN_STATE_FAILED {
		text = "❌ " + title + " failed: "
	}
	if err := a.Answer(ctx, to, chat.Say(text+or(c.GetResult(), "the actioner does not say why"))); err != nil {
		h.Log.Warn("person not told of a refusal", "person", by.GetPerson().GetId(), "run", c.GetRunId(), "err", err)
	}
}

// now is the time of an event for the wire.
func now(in *eventv1.Inbound) *timestamppb.Timestamp { return timestamppb.New(when(in)) }
