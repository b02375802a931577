package inbound

import (
	"context"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// conversation does what controls about an incident's conversation stand for;
// done is false if the control is none of them. Doing it again is the same.
func (h *Handler) conversation(ctx context.Context, in *eventv1.Inbound, c *eventv1.Click) (done bool, err error) {
	id, choice, _ := cutValue(c.GetValue())
	switch c.GetActionId() {
	case message.UsefulButton, message.NoiseButton:
		choice = c.GetActionId()
	case message.AckButton:
		choice = message.AckButton
	case message.SilenceMenu, message.MoreMenu:
	default:
		return false, nil
	}
	r, err := h.known(ctx, id)
	if err != nil {
		return true, err
	}
	switch choice {
	case message.AckButton:
		return true, h.acknowledge(ctx, in, r, "")
	case message.MoreComment:
		return true, h.openForm(ctx, in, c, message.Comment(r, c.GetChannelId()))
	case message.MoreWhy:
		return true, h.whyClicked(ctx, in, r)
	case message.MoreVerdict:
		return true, h.openForm(ctx, in, c, message.Verdict(r, c.GetChannelId()))
	case message.MoreUnack:
		return true, h.unacknowledge(ctx, in, r)
	case message.MoreAssign:
		return true, h.openForm(ctx, in, c, message.Assign(r, who(in), c.GetChannelId()))
	case message.SilenceForm, message.MoreSilence:
		return true, h.silenceForm(ctx, in, c, r)
	case message.UsefulButton:
		_, err = h.feedback(ctx, in, r, record.Useful, "")
		return true, err
	case message.NoiseButton:
		_, err = h.feedback(ctx, in, r, record.Noise, "")
		return true, err
	}
	return true, h.silenceChoice(ctx, in, r, choice)
}
