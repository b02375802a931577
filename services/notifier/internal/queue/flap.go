package queue

import (
	"context"
	"errors"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/noise"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

func (s *Sender) rules(c *eventv1.IncidentChanged, channel string) noise.Rules {
	if s.Rules == nil || c == nil {
		return noise.Defaults()
	}
	return s.Rules(c, channel)
}

// errPending: the message to be taken over is being posted.
var errPending = errors.New("the message before is not there yet")

// flaps reports whether the incident goes on with one that flaps, as far as
// memory tells: it needs no new message, and so belongs into no storm. mu is
// held.
func (l *lane) flaps(it *item) bool {
	id := it.change.GetPreviousId()
	if id == "" || !l.s.Store.Known(id) {
		return false
	}
	r, err := l.s.Store.Get(context.Background(), id) // from memory: it is known
	return err == nil && r != nil && r.Flapping()
}

// follow returns the incident that the item's may be the next opening of, and
// the message that it goes on in, if it flaps. That record gives its message up
// first: a death in between leaves a message that waits for the change to be
// delivered again.
func (l *lane) follow(ctx context.Context, it *item) (before *record.Record, from *record.Place, err error) {
	l.mu.Lock()
	change := it.change
	l.mu.Unlock()
	id := change.GetPreviousId()
	if id == "" {
		return nil, nil, nil
	}
	r, err := l.s.Store.Get(ctx, it.id)
	if err != nil {
		return nil, nil, err
	}
	isNew := r == nil || r.Incident() == nil
	switch {
	case !isNew && (r.Flap == nil || !r.Flap.Before || !untouched(r, l.channel)):
		return nil, nil, nil
	case isNew:
		if before, err = l.s.Store.Fresh(ctx, id); err != nil || before == nil {
			return nil, nil, err
		}
		if !before.Flapping() {
			return before, nil, nil
		}
	}
	// What ended the one before may wait for its turn here.
	l.mu.Lock()
	var last *eventv1.IncidentChanged
	if o := l.byID[id]; o != nil {
		last = o.change
	}
	l.mu.Unlock()
	before, err = l.s.Store.Mutate(ctx, id, func(r *record.Record) error {
		from = nil
		if r.Incident() == nil {
			return record.ErrUnchanged
		}
		r.Apply(last)
		if !r.Flapping() && isNew {
			return nil
		}
		p, pending, ok := r.Yield(l.channel, it.id)
		if pending {
			return errPending
		}
		if ok {
			from = &p
		}
		return nil
	})
	return before, from, err
}

// untouched reports whether the incident has no message in the channel and none
// is being posted.
func untouched(r *record.Record, channel string) bool {
	for _, p := range r.Places {
		if p.Channel == channel {
			return p.Root.TS == "" && p.Root.Claim == nil && p.Group == ""
		}
	}
	return true
}
