package inbound

import (
	"context"
	"errors"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/silence"
)

// Recovered ends silences that last until what they match is resolved, once
// nothing of it is open any more. While an evaluator does not answer nobody
// knows, and none ends but by its time.
func (h *Handler) Recovered(ctx context.Context) error {
	var until []*eventv1.Silence
	for _, s := range h.Silences().Active(time.Now()) {
		if s.GetUntilResolved() && s.GetIncidentId() == "" && s.GetMaintenance() == "" {
			until = append(until, s)
		}
	}
	if len(until) == 0 {
		return nil
	}
	asking, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	answers, err := bus.QueryAll(asking, h.Conn, &eventv1.Query{Query: &eventv1.Query_Incidents{Incidents: &eventv1.IncidentQuery{}}})
	if err != nil {
		return err
	}
	var known []*eventv1.IncidentChanged
	for _, a := range answers {
		known = append(known, a.GetIncidents()...)
	}
	for _, s := range until {
		shown, err := silence.Preview(s, known, time.Now())
		if err != nil || len(shown.Open) > 0 {
			continue
		}
		e, err := bus.Silences.Get(ctx, h.Conn, bus.Token(s.GetId()))
		if errors.Is(err, bus.ErrNotFound) || err == nil && !e.Value.GetUntilResolved() {
			continue
		}
		if err == nil {
			err = bus.Silences.Delete(ctx, h.Conn, e.Key, e.Revision)
		}
		if err != nil && !errors.Is(err, bus.ErrConflict) && !errors.Is(err, bus.ErrNotFound) {
			return err
		}
		h.Log.Info("a silence ended: what it was about is resolved", "silence", s.GetId())
	}
	return nil
}

// opens refuses a silence until what it matches resolves when nothing is open.
func (h *Handler) opens(ctx context.Context, s *eventv1.Silence) error {
	shown, err := silence.Preview(s, h.open(ctx), time.Now())
	if err == nil && len(shown.Open) == 0 {
		return refuse("over", "Nothing that it matches is open, so there is nothing to wait for. Say for how long instead, such as 1h.")
	}
	return nil
}
