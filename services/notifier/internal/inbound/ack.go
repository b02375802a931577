package inbound

import (
	"context"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// ack notes who works on an incident.
func (h *Handler) ack(ctx context.Context, a *ask) (chat.Content, error) {
	r, err := h.find(ctx, a.Incident)
	if err != nil {
		return chat.Content{}, err
	}
	return chat.Say("👀 You are on it: " + record.Finding(r.Incident())), h.acknowledge(ctx, a.in, r, a.Comment)
}

// resolveCommand ends an incident by hand.
func (h *Handler) resolveCommand(ctx context.Context, a *ask) (chat.Content, error) {
	r, err := h.find(ctx, a.Incident)
	if err != nil {
		return chat.Content{}, err
	}
	return chat.Say("✅ Ending it: " + record.Finding(r.Incident()) + ". If its conditions still hold, it opens again."), h.resolve(ctx, a.in, r, a.Comment)
}
