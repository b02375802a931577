package inbound

import (
	"context"
	"errors"
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/queue"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// ackGroup notes who takes all that is open in a group's message.
func (h *Handler) ackGroup(ctx context.Context, in *eventv1.Inbound, key string) error {
	channel, n, ok := strings.Cut(key, ".")
	if !ok || !idLike(channel) || !idLike(n) {
		return refuse("unknown", "There is no such group.")
	}
	by, at := who(in), when(in)
	before, recorded, err := h.AckGroup(ctx, key, by, at)
	switch {
	case errors.Is(err, bus.ErrNotFound):
		return refuse("unknown", "There is no such group any more.")
	case errors.Is(err, queue.ErrOver):
		return refuse("over", "All of it is resolved already.")
	case err != nil:
		return err
	case before != nil && before.By.ID != by.ID:
		return refuse("acknowledged", "%s is on it already.", before.By.Mention())
	}
	if before == nil {
		h.audit(ctx, in, "acknowledged", "group "+key, "", "all that is open in one message")
	}
	for _, id := range recorded {
		_, err := h.Store.Mutate(ctx, id, func(r *record.Record) error {
			if !r.Acknowledge(by, at, "") {
				return record.ErrUnchanged
			}
			return nil
		})
		if err != nil {
			return err
		}
		h.Touch(ctx, id, func(error) {})
	}
	return nil
}
