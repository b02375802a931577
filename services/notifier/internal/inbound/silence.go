package inbound

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/lasting"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// silenceChoice silences what the message is about: until the incident
// resolves that incident alone, else whatever looks like it.
func (h *Handler) silenceChoice(ctx context.Context, in *eventv1.Inbound, r *record.Record, choice string) error {
	now := when(in)
	switch choice {
	case message.Silence1h:
		return h.silenceLike(ctx, in, r, now.Add(time.Hour), "")
	case message.Silence4h:
		return h.silenceLike(ctx, in, r, now.Add(4*time.Hour), "")
	case message.SilenceTomorrow:
		return h.silenceLike(ctx, in, r, tomorrow(now), "")
	case message.SilenceTillSolved:
		return h.silenceOne(ctx, in, r, now.Add(lasting.LongestResolved), "")
	case message.SilenceEnd:
		return h.endSilenceOf(ctx, in, r)
	}
	return refuse("unknown", "Parley does not know this choice any more.")
}

// silenceLike silences the incident's policy on its labels.
func (h *Handler) silenceLike(ctx context.Context, in *eventv1.Inbound, r *record.Record, until time.Time, comment string) error {
	c := r.Incident()
	s := &eventv1.Silence{Policy: c.GetPolicy(), EndsAt: timestamppb.New(until), Comment: comment}
	for _, l := range c.GetLabels() {
		s.Matchers = append(s.Matchers, &eventv1.Matcher{Label: l.GetName(), Op: eventv1.Matcher_OP_EQUAL, Value: l.GetValue()})
	}
	_, err := h.addSilence(ctx, in, s)
	return err
}

// silenceOne silences one incident until it resolves.
func (h *Handler) silenceOne(ctx context.Context, in *eventv1.Inbound, r *record.Record, latest time.Time, comment string) error {
	if !r.Open() {
		return refuse("over", "That incident is resolved already.")
	}
	_, err := h.addSilence(ctx, in, &eventv1.Silence{IncidentId: r.ID, EndsAt: timestamppb.New(latest), Comment: comment})
	return err
}

// addSilence stores a silence. Its id comes from the event, so that a second
// delivery finds it there.
func (h *Handler) addSilence(ctx context.Context, in *eventv1.Inbound, s *eventv1.Silence) (*eventv1.Silence, error) {
	if s.GetStartsAt() == nil {
		s.StartsAt = timestamppb.New(when(in))
	}
	if !s.GetEndsAt().AsTime().After(s.GetStartsAt().AsTime()) {
		return nil, refuse("invalid", "A silence has to end after it begins.")
	}
	if s.GetId() == "" {
		s.Id = silenceID(in.GetId())
	}
	if s.GetAuthor() == "" {
		s.Author = who(in).Mention()
	}
	if s.GetAuthorId() == "" && s.GetAuthor() == who(in).Mention() {
		s.AuthorId, s.AuthorBackend = in.GetPerson().GetId(), in.GetBackend()
	}
	s.AskedFor = durationpb.New(s.GetEndsAt().AsTime().Sub(s.GetStartsAt().AsTime()))
	if len(s.GetMatchers()) == 0 && s.GetPolicy() == "" && s.GetIncidentId() == "" {
		return nil, refuse("invalid", "A silence has to name labels, a policy or an incident: else it would silence everything.")
	}
	if s.GetUntilResolved() && s.GetIncidentId() == "" {
		if latest := s.GetStartsAt().AsTime().Add(lasting.LongestResolved); s.GetEndsAt().AsTime().After(latest) {
			return nil, refuse("invalid", "A silence until what it matches resolves lasts 7 days at most.")
		}
		if _, err := bus.Silences.Get(ctx, h.Conn, bus.Token(s.GetId())); errors.Is(err, bus.ErrNotFound) { // not delivered again
			if err := h.opens(ctx, s); err != nil {
				return nil, err
			}
		}
	}
	_, err := bus.Silences.Create(ctx, h.Conn, bus.Token(s.GetId()), s)
	if errors.Is(err, bus.ErrConflict) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	h.audit(ctx, in, "silenced", s.GetId(), "", Scope(s)+" until "+s.GetEndsAt().AsTime().UTC().Format(time.RFC3339)+" "+s.GetComment())
	h.heard(ctx, s.GetId())
	return s, nil
}

// heard waits a moment until the silence is in force here too, so that what is
// said next is true.
func (h *Handler) heard(ctx context.Context, id string) {
	h.until(ctx, func() bool {
		return slices.ContainsFunc(h.Silences().Active(time.Now()), func(s *eventv1.Silence) bool { return s.GetId() == id })
	})
}

// until waits a second at most for something to be so.
func (h *Handler) until(ctx context.Context, so func() bool) {
	t := time.NewTicker(10 * time.Millisecond)
	defer t.Stop()
	for range 100 {
		if so() {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// endSilence ends a silence now.
func (h *Handler) endSilence(ctx context.Context, in *eventv1.Inbound, id string) error {
	var found *eventv1.Silence
	for _, s := range h.Silences().Active(time.Now()) {
		if s.GetMaintenance() != "" {
			if s.GetId() == id {
				return refuse("maintenance", "That is maintenance %s: /parley maintenance lists it, and can end it.", s.GetMaintenance())
			}
			continue
		}
		if s.GetId() == id {
			found = s
			break
		}
		if len(id) >= 4 && strings.HasPrefix(s.GetId(), id) {
			if found != nil {
				return refuse("ambiguous", "Several silences begin with %s: write more of it.", id)
			}
			found = s
		}
	}
	key := bus.Token(id)
	if found != nil {
		key = bus.Token(found.GetId())
	}
	e, err := bus.Silences.Get(ctx, h.Conn, key)
	if errors.Is(err, bus.ErrNotFound) {
		return refuse("unknown", "There is no silence %s. /parley silences lists them.", id)
	}
	if err != nil {
		return err
	}
	if err := bus.Silences.Delete(ctx, h.Conn, key, e.Revision); err != nil {
		return err
	}
	h.audit(ctx, in, "unsilenced", e.Value.GetId(), "", Scope(e.Value))
	h.until(ctx, func() bool {
		return !slices.ContainsFunc(h.Silences().Active(time.Now()), func(s *eventv1.Silence) bool { return s.GetId() == e.Value.GetId() })
	})
	return nil
}

// silenceID makes a short id of an event's.
func silenceID(event string) string { return "s" + record.RunID(event, "silence", 0)[:11] }

// Scope says in words what a silence is about.
func Scope(s *eventv1.Silence) string {
	var parts []string
	if s.GetIncidentId() != "" {
		parts = append(parts, "incident "+message.Short(s.GetIncidentId()))
	}
	if s.GetPolicy() != "" {
		parts = append(parts, "policy="+s.GetPolicy())
	}
	ops := map[eventv1.Matcher_Op]string{eventv1.Matcher_OP_EQUAL: "=", eventv1.Matcher_OP_NOT_EQUAL: "!=", eventv1.Matcher_OP_REGEXP: "=~", eventv1.Matcher_OP_NOT_REGEXP: "!~"}
	for _, m := range s.GetMatchers() {
		parts = append(parts, fmt.Sprintf("%s%s%s", m.GetLabel(), ops[m.GetOp()], m.GetValue()))
	}
	return strings.Join(parts, " ")
}

// endSilenceOf ends the silence that an incident's message shows.
func (h *Handler) endSilenceOf(ctx context.Context, in *eventv1.Inbound, r *record.Record) error {
	s := h.Silences().Mutes(r.Incident(), time.Now())
	if s == nil {
		return refuse("over", "It is not silenced any more.")
	}
	return h.endSilence(ctx, in, s.GetId())
}
