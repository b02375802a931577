package queue

import (
	"context"
	"slices"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// shelve makes durable what waits for a channel that is disabled, and lets the
// events go that brought it: a channel that fails for days must not hold the
// consumer's window, which all channels share. What is to be told stays in the
// records, and in the lane.
func (l *lane) shelve(ctx context.Context) {
	if s, ok := l.s.Backend.(chat.Stopper); !ok || !s.Stopped(l.channel) {
		return
	}
	l.fold()
	l.mu.Lock()
	waiting := slices.Concat(l.fresh, l.dirty)
	l.mu.Unlock()
	for _, it := range waiting {
		l.mu.Lock()
		change, left := it.change, len(it.dones)
		l.mu.Unlock()
		if left == 0 {
			continue
		}
		if !it.sure && !l.s.Store.Known(it.id) {
			if moved, err := l.lookUp(ctx, it); err != nil || moved {
				continue
			}
		}
		_, err := l.s.Store.Mutate(ctx, it.id, func(r *record.Record) error {
			places := len(r.Places)
			applied := r.Apply(change)
			if r.Empty() {
				return record.ErrUnchanged
			}
			l.s.hold(r, l.s.Now())
			if r.Place(l.channel); !applied && len(r.Places) == places {
				return record.ErrUnchanged
			}
			return nil
		})
		if err != nil {
			l.s.Log.Warn("not stored for a disabled channel, again", "channel", l.channel, "incident", it.id, "err", err)
			continue
		}
		l.mu.Lock()
		dones := it.dones
		if it.change == change {
			it.dones = nil
		} else {
			dones = nil // a newer change came meanwhile
		}
		l.fresh = slices.DeleteFunc(l.fresh, func(o *item) bool { return o == it })
		if l.byID[it.id] == it && !slices.Contains(l.dirty, it) {
			l.dirty = append(l.dirty, it)
		}
		l.mu.Unlock()
		for _, done := range dones {
			done(nil)
		}
	}
}
