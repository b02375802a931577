package inbound

import (
	"context"
	"errors"
	"strings"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// find returns the one open incident whose id begins as typed.
func (h *Handler) find(ctx context.Context, text string) (*record.Record, error) {
	text = strings.Trim(text, "`<>. ")
	if !idLike(text) {
		return nil, refuse("unknown", "%q is no incident. /parley incidents lists them.", text)
	}
	var found []*record.Record
	for _, r := range h.Store.Remembered() {
		if r.ID == text {
			return h.Store.Fresh(ctx, r.ID)
		}
		if r.Incident() != nil && r.Open() && strings.HasPrefix(r.ID, text) {
			found = append(found, r)
		}
	}
	if len(found) == 0 {
		for _, c := range h.open(ctx) {
			if strings.HasPrefix(c.GetId(), text) {
				r, err := h.promote(ctx, c)
				if err != nil {
					return nil, err
				}
				found = append(found, r)
				if len(found) > 1 {
					break
				}
			}
		}
	}
	switch len(found) {
	case 0:
		return nil, refuse("unknown", "There is no open incident %s. /parley incidents lists them.", message.Cut(text, 40))
	case 1:
		return h.Store.Fresh(ctx, found[0].ID)
	}
	return nil, refuse("ambiguous", "Several incidents begin with %s: write more of the id.", message.Cut(text, 40))
}

// findAny is find, of resolved incidents too: while their records are kept,
// which is 90 days.
func (h *Handler) findAny(ctx context.Context, text string) (*record.Record, error) {
	r, err := h.find(ctx, text)
	var no *refusal
	if !errors.As(err, &no) || no.reason != "unknown" {
		return r, err
	}
	text = strings.Trim(text, "`<>. ")
	if !idLike(text) {
		return nil, err
	}
	all, listErr := bus.Incidents.List(ctx, h.Conn)
	if listErr != nil {
		return nil, listErr
	}
	var found []string
	for _, e := range all {
		if strings.HasPrefix(e.Key, text) && idLike(e.Key) {
			found = append(found, e.Key)
		}
	}
	switch len(found) {
	case 0:
		return nil, refuse("unknown", "There is no incident %s, nor was there one in the last 90 days. /parley incidents lists what is open.", message.Cut(text, 40))
	case 1:
		return h.Store.Fresh(ctx, found[0])
	}
	return nil, refuse("ambiguous", "Several incidents begin with %s: write more of the id.", message.Cut(text, 40))
}
