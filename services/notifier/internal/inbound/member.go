package inbound

import (
	"context"
	"slices"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// Member answers an actioner's question which groups a person is in now: it
// asks before it begins what they clicked for a while ago.
func (h *Handler) Member(ctx context.Context, q *eventv1.MemberQuery) *eventv1.MemberAnswer {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	in, err := h.in(ctx, q.GetBackend(), q.GetPersonId(), q.GetGroups())
	if err != nil {
		h.Log.Warn("groups of a person not read", "person", q.GetPersonId(), "err", err)
		return &eventv1.MemberAnswer{Error: "the chat does not say who is in its groups"}
	}
	return &eventv1.MemberAnswer{Groups: in}
}

// in returns those of the groups that a person of a backend is in, as fresh as
// the backend can say.
func (h *Handler) in(ctx context.Context, backend, id string, groups []string) ([]string, error) {
	b, ok := chat.Named(h.Backend, backend)
	if !ok {
		return nil, nil
	}
	if m, ok := b.(chat.Member); ok {
		return m.In(ctx, id, groups)
	}
	g, ok := b.(chat.Grouper)
	if !ok {
		return nil, nil
	}
	all, err := g.Groups(ctx, id)
	return slices.DeleteFunc(slices.Clone(all), func(name string) bool { return !slices.Contains(groups, name) }), err
}
