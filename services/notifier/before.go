package notifier

import (
	"context"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// links knows where messages of incidents can be read.
type links struct {
	backend chat.Backend
	store   *record.Store
}

// Link returns where an incident's message in a channel can be read, or if it
// was told elsewhere that one; "" if nobody knows, or not in time.
func (l *links) Link(incident, channel string) string {
	b, ok := l.backend.(chat.Linker)
	if !ok || incident == "" {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), chat.LinkWithin)
	defer cancel()
	r, err := l.store.Get(ctx, incident)
	if err != nil || r == nil {
		return ""
	}
	var found *record.Place
	for _, p := range r.Places {
		if p.Root.TS != "" && p.ID != "" && (found == nil || p.Channel == channel || p.ID == channel) {
			found = p
		}
	}
	if found == nil {
		return ""
	}
	url, err := b.Link(ctx, found.ID, found.Root.TS)
	if err != nil {
		return ""
	}
	return url
}
