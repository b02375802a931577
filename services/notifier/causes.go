package notifier

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/noise"
)

// causes are the incidents that others may depend on, open or ended of late.
// They are stored, so that all instances hold back the same.
type causes struct {
	changed chan<- struct{}
	keys    bus.Keys[*eventv1.IncidentChanged]
	now     func() time.Time

	mu   sync.Mutex
	byID map[string]*eventv1.IncidentChanged
	all  []*eventv1.IncidentChanged
}

// causeKept is for how long one that ended is kept: longer than any wait.
const causeKept = 2 * time.Hour

// All returns them; they must not be changed.
func (k *causes) All() []*eventv1.IncidentChanged {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.all
}

// take takes over newer changes.
func (k *causes) take(changes ...*eventv1.IncidentChanged) {
	k.mu.Lock()
	defer k.mu.Unlock()
	news := false
	for _, c := range changes {
		if old := k.byID[c.GetId()]; old != nil && old.GetVersion() >= c.GetVersion() || over(c, k.now()) {
			continue
		}
		news = true
		if k.byID == nil {
			k.byID = map[string]*eventv1.IncidentChanged{}
		}
		k.byID[c.GetId()] = c
	}
	if !news {
		return
	}
	maps.DeleteFunc(k.byID, func(_ string, c *eventv1.IncidentChanged) bool { return over(c, k.now()) })
	k.all = slices.Collect(maps.Values(k.byID))
	select {
	case k.changed <- struct{}{}:
	default:
	}
}

func over(c *eventv1.IncidentChanged, now time.Time) bool {
	return c.GetState() != eventv1.IncidentState_INCIDENT_STATE_OPEN && now.Sub(c.GetResolvedAt().AsTime()) > causeKept
}

// dependencies returns what depends on what.
func (n *notifier) dependencies() noise.Dependencies { return n.routing.Table().Dependencies }

// cause stores a change of what others may depend on, before any of them is
// looked at.
func (n *notifier) cause(ctx context.Context, c *eventv1.IncidentChanged) error {
	if !n.dependencies().IsCause(c) {
		return nil
	}
	key := bus.Token(c.GetId())
	for {
		e, err := n.causes.keys.Get(ctx, key)
		switch {
		case errors.Is(err, bus.ErrNotFound):
			_, err = n.causes.keys.Create(ctx, key, c)
		case err == nil && e.Value.GetVersion() < c.GetVersion():
			_, err = n.causes.keys.Update(ctx, key, c, e.Revision)
		}
		if errors.Is(err, bus.ErrConflict) {
			continue
		}
		if err == nil {
			n.causes.take(c)
		}
		return err
	}
}

// readCauses reads what is stored: before anything that was held back is looked
// at.
func (n *notifier) readCauses(ctx context.Context) error {
	if len(n.dependencies()) == 0 {
		return nil
	}
	entries, err := n.causes.keys.List(ctx)
	for _, e := range entries {
		n.causes.take(e.Value)
	}
	return err
}

// watchCauses keeps them current, also those that another instance stored.
func (n *notifier) watchCauses(ctx context.Context) {
	if len(n.dependencies()) == 0 {
		return
	}
	_ = bus.IncidentCauses.Watch(ctx, n.env.Bus, relist, func(entries []bus.Entry[*eventv1.IncidentChanged]) {
		now := time.Now()
		for _, e := range entries {
			if over(e.Value, now) {
				if err := bus.IncidentCauses.Delete(ctx, n.env.Bus, e.Key, e.Revision); err != nil && !errors.Is(err, bus.ErrConflict) {
					n.env.Log.Warn("old cause not removed", "incident", e.Value.GetId(), "err", err)
				}
				continue
			}
			n.causes.take(e.Value)
		}
	})
}
