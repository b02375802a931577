package notifier

import (
	"context"
	"errors"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/maintenance"
)

const (
	// windowsKept is how long windows that are over are kept.
	windowsKept = 7 * 24 * time.Hour
	// lateEnd is how late it is still told that a span has ended, when nobody was
	// there to tell it in time.
	lateEnd = time.Hour
)

// watchWindows keeps maintenance windows current.
func (n *notifier) watchWindows(ctx context.Context) {
	first := true
	_ = bus.Maintenances.Watch(ctx, n.env.Bus, relist, func(entries []bus.Entry[*eventv1.Maintenance]) {
		var all []*eventv1.Maintenance
		now := time.Now()
		for _, e := range entries {
			if err := maintenance.Check(e.Value); err != nil {
				n.env.Log.Error("maintenance window not understood", "maintenance", e.Key, "err", err)
				continue
			}
			if since, over := maintenance.Over(e.Value, now); over && now.Sub(since) > windowsKept {
				if err := bus.Maintenances.Delete(ctx, n.env.Bus, e.Key, e.Revision); err != nil && !errors.Is(err, bus.ErrConflict) {
					n.env.Log.Warn("old maintenance window not removed", "maintenance", e.Key, "err", err)
				}
				continue
			}
			all = append(all, e.Value)
		}
		n.known.set(first, func() { n.known.windows = all })
		first = false
		for _, changed := range []chan struct{}{n.known.changed, n.known.planned} {
			select {
			case changed <- struct{}{}:
			default:
			}
		}
	})
}

// tellWindows tells when spans of windows begin and end, and that silences end
// soon, each once, until ctx is done.
func (n *notifier) tellWindows(ctx context.Context) {
	told := map[string]bool{} // what this instance need not look up again
	for {
		now := time.Now()
		pause, live := time.Minute, map[string]bool{}
		once := func(key string, tell func() error) {
			if live[key] = true; told[key] {
				return
			}
			if err := tell(); err != nil {
				pause = min(pause, 10*time.Second)
				if ctx.Err() == nil {
					n.env.Log.Warn("maintenance not told, again", "err", err)
				}
				return
			}
			told[key] = true
		}
		for _, m := range n.known.Windows() {
			if s, ok := maintenance.Last(m, now); ok {
				if now.Sub(s.End) < lateEnd {
					once("ended "+maintenance.SpanID(m, s), func() error { return n.people.Ended(ctx, m, s) })
				}
			}
			if s, ok := maintenance.At(m, now); ok && !now.Before(s.Start) {
				once("started "+maintenance.SpanID(m, s), func() error { return n.people.Started(ctx, m, s) })
				pause = min(pause, s.End.Sub(now))
			} else if ok {
				pause = min(pause, s.Start.Sub(now))
			}
		}
		if err := n.people.Ending(ctx, now); err != nil && ctx.Err() == nil {
			n.env.Log.Warn("not told that a silence ends soon, again", "err", err)
		}
		for key := range told {
			if !live[key] {
				delete(told, key)
			}
		}
		t := time.NewTimer(pause + time.Millisecond)
		select {
		case <-ctx.Done():
		case <-n.known.planned:
		case <-t.C:
		}
		if t.Stop(); ctx.Err() != nil {
			return
		}
	}
}
