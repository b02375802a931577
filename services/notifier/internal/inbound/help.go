package inbound

import (
	"context"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// help answers with what commands do.
func (h *Handler) help(_ context.Context, a *ask) (chat.Content, error) {
	return h.words.Help(a.Comment), nil
}
