package inbound

import (
	"context"
	"strings"

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
