package inbound

import (
	"context"
	"errors"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/seal"
)

// reject asks why somebody says no to a run; where there are no forms it says no
// at once.
func (h *Handler) reject(ctx context.Context, in *eventv1.Inbound, c *eventv1.Click, r *record.Record, claim seal.Claim) error {
	b, _ := chat.Named(h.Backend, in.GetBackend())
	if _, asks := b.(chat.Asker); !asks || c.GetTriggerId() == "" {
		return h.decide(ctx, in, r, claim, false, "")
	}
	run, _, err := h.mayDecide(ctx, in, r, claim.Run, false)
	if err != nil {
		return err
	}
	value := h.Key().Sign(seal.Claim{Do: message.RejectForm, Incident: claim.Incident, Run: claim.Run, Plan: claim.Plan, Channel: c.GetChannelId(),
		Version: claim.Version, Expires: when(in).Add(formLasts)})
	return h.openForm(ctx, in, c, message.Reject(run, message.About{Incident: claim.Incident, Channel: c.GetChannelId(), Of: value}))
}

// rejectSent says no, with the reason that the form has.
func (h *Handler) rejectSent(ctx context.Context, in *eventv1.Inbound, s *eventv1.Submission) error {
	about := message.ReadAbout(s.GetPrivateMetadata())
	claim, err := h.Key().Open(about.Of, message.RejectForm, about.Channel, when(in))
	switch {
	case errors.Is(err, seal.ErrForged):
		return refuse("forged", "This form does not come from Parley as it stands. Nothing was done.")
	case err != nil:
		return refuse("expired", "This form was open for too long. Nothing was done; please press the button again.")
	}
	r, err := h.known(ctx, claim.Incident)
	if err != nil {
		return err
	}
	return h.decide(ctx, in, r, claim, false, message.Cut(chat.Value(s.GetValues(), "reason"), 300))
}
