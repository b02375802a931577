package inbound

import (
	"context"
	"fmt"
	"slices"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/maintenance"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/silence"
)

// mostNoticed bounds the channels in which one notice is told.
const mostNoticed = 20

// Notify tells a notice about a maintenance window once, whoever comes first: in
// the channels of the open incidents that it matches, else in the default one.
func (h *Handler) Notify(ctx context.Context, id string, n *record.Notice, m *eventv1.Maintenance) error {
	if r, err := h.Store.Fresh(ctx, id); err != nil || r != nil {
		return err
	}
	channels := h.affected(ctx, m)
	return h.Say(ctx, id, n, channels)
}

// Say tells a notice in channels, once by its id.
func (h *Handler) Say(ctx context.Context, id string, n *record.Notice, channels []string) error {
	first := false
	_, err := h.Store.Mutate(ctx, id, func(r *record.Record) error {
		if first = r.Notice == nil; !first {
			return record.ErrUnchanged
		}
		record.Noticed(r, n, channels)
		return nil
	})
	if err == nil && first {
		h.Touch(ctx, id, func(error) {})
	}
	return err
}

// affected returns the channels that hear of a window.
func (h *Handler) affected(ctx context.Context, m *eventv1.Maintenance) []string {
	table := h.Routes()
	var out []string
	for _, c := range h.matched(ctx, m.GetMatchers()) {
		for _, channel := range table.Channels(c, time.Now()) {
			if !slices.Contains(out, channel) && len(out) < mostNoticed {
				out = append(out, channel)
			}
		}
	}
	if len(out) == 0 {
		return []string{table.Default()}
	}
	return out
}

// matched returns the open incidents that all of these match.
func (h *Handler) matched(ctx context.Context, matchers []*eventv1.Matcher) []*eventv1.IncidentChanged {
	shown, err := silence.Preview(&eventv1.Silence{Matchers: matchers}, h.open(ctx), time.Now())
	if err != nil {
		return nil
	}
	return shown.Open
}

// Started tells that a span of a window has begun.
func (h *Handler) Started(ctx context.Context, m *eventv1.Maintenance, s maintenance.Span) error {
	n := &record.Notice{At: s.Start, Icon: "🔧", Text: "Maintenance " + maintenance.Name(m) + " by " + m.GetAuthor() + " has begun, and lasts", Until: s.End,
		More: []string{"What matches " + aboutWindow(m) + " is not told meanwhile. /parley maintenance end " + m.GetId() + " ends it."}}
	return h.Notify(ctx, record.NoticeID(maintenance.SpanID(m, s), "started"), n, m)
}

// Ended tells that a span of a window has ended, and what is open still.
func (h *Handler) Ended(ctx context.Context, m *eventv1.Maintenance, s maintenance.Span) error {
	id := record.NoticeID(maintenance.SpanID(m, s), "ended")
	if r, err := h.Store.Fresh(ctx, id); err != nil || r != nil {
		return err
	}
	n := &record.Notice{At: s.End, Icon: "🔧", Text: "Maintenance " + maintenance.Name(m) + " has ended"}
	if by := m.GetEndedBy(); by != "" && m.GetEndedAt().AsTime().Equal(s.End) {
		n.Text += ", said " + by
	}
	switch open := len(h.matched(ctx, m.GetMatchers())); open {
	case 0:
		n.Text += ": nothing that it matches is open"
	case 1:
		n.Text += ": 1 incident that it matches is still open"
	default:
		n.Text += fmt.Sprintf(": %d incidents that it matches are still open", open)
	}
	return h.Notify(ctx, id, n, m)
}
