package notifier

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/maintenance"
	"github.com/parley-ops/parley/services/notifier/internal/silence"
)

// relist is how often buckets are read anew although nothing was heard.
const relist = 5 * time.Minute

// known is what the notifier knows of silences, maintenance windows and actions.
type known struct {
	log    *slog.Logger
	active prometheus.Gauge
	// changed: silences or windows did; planned: windows did.
	// resolved: an incident was.
	changed, planned, resolved chan struct{}

	mu sync.Mutex
	// silences are made and windows, and in force is what they come to.
	silences []*eventv1.Silence
	windows  []*eventv1.Maintenance
	inForce  silence.Set
	actions  map[string]*eventv1.ActionDocument
	remedies map[string]*eventv1.Remedy
	ready    chan struct{} // closed once all three were read
	missing  int
}

func newKnown(reg prometheus.Registerer, log *slog.Logger) *known {
	k := &known{log: log, changed: make(chan struct{}, 1), planned: make(chan struct{}, 1), resolved: make(chan struct{}, 1), ready: make(chan struct{}), missing: 3,
		active: prometheus.NewGauge(prometheus.GaugeOpts{Name: "notifier_silences_active", Help: "Silences and maintenance windows in force."})}
	if reg != nil {
		reg.MustRegister(k.active)
	}
	return k
}

// Silences returns the silences as last read, and the windows' spans among them.
func (k *known) Silences() silence.Set {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.inForce
}

// Windows returns the maintenance windows as last read.
func (k *known) Windows() []*eventv1.Maintenance {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.windows
}

// renew computes what is in force at now and next.
func (k *known) renew(now time.Time) {
	k.mu.Lock()
	set, err := silence.NewSet(slices.Concat(k.silences, maintenance.Spans(k.windows, now)))
	k.inForce = set
	k.mu.Unlock()
	if err != nil {
		k.log.Error("silence not understood", "err", err)
	}
	k.active.Set(float64(len(set.Active(now))))
}

// Actions returns the actions offered, by name. It must not be changed.
func (k *known) Actions() map[string]*eventv1.ActionDocument {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.actions
}

// wait returns when all were read for the first time.
func (k *known) wait(ctx context.Context) error {
	select {
	case <-k.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// set changes what is known. first is true the first time that the caller's
// part is read.
func (k *known) set(first bool, do func()) {
	k.mu.Lock()
	do()
	k.mu.Unlock()
	k.renew(time.Now())
	k.mu.Lock()
	defer k.mu.Unlock()
	if first {
		if k.missing--; k.missing == 0 {
			close(k.ready)
		}
	}
}

// watchSilences keeps silences current, and has messages looked at again when
// one begins or ends.
func (n *notifier) watchSilences(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { n.recheck(ctx) })
	first := true
	_ = bus.Silences.Watch(ctx, n.env.Bus, relist, func(entries []bus.Entry[*eventv1.Silence]) {
		var all []*eventv1.Silence
		now := time.Now()
		for _, e := range entries {
			if e.Value.GetEndsAt().AsTime().After(now) {
				all = append(all, e.Value)
			} else if now.Sub(e.Value.GetEndsAt().AsTime()) > 24*time.Hour {
				if err := bus.Silences.Delete(ctx, n.env.Bus, e.Key, e.Revision); err != nil && !errors.Is(err, bus.ErrConflict) {
					n.env.Log.Warn("old silence not removed", "silence", e.Key, "err", err)
				}
			}
		}
		n.known.set(first, func() { n.known.silences = all })
		first = false
		n.people.Changed()
		select {
		case n.known.changed <- struct{}{}:
		default:
		}
	})
}

// recheck looks at all messages again when silences changed or time did.
func (n *notifier) recheck(ctx context.Context) {
	for {
		wait := time.Hour
		if next := n.turns(n.now()); !next.IsZero() {
			wait = min(wait, next.Sub(n.now())+time.Millisecond)
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-n.known.changed:
		case <-t.C:
		}
		t.Stop()
		n.known.renew(n.now())
		n.sender.Recheck()
	}
}

// turns returns when what is held back may change next by time alone; zero if
// never.
func (n *notifier) turns(now time.Time) time.Time {
	next := n.known.Silences().Next(now)
	if t := n.dependencies().Next(n.causes.All(), now); next.IsZero() || !t.IsZero() && t.Before(next) {
		next = t
	}
	return next
}

// unmute ends the silences of this incident alone when it is over.
func (n *notifier) unmute(ctx context.Context, c *eventv1.IncidentChanged) {
	if c.GetState() != eventv1.IncidentState_INCIDENT_STATE_RESOLVED {
		return
	}
	select {
	case n.known.resolved <- struct{}{}:
	default:
	}
	for _, s := range n.known.Silences().Active(time.Now()) {
		if s.GetIncidentId() != c.GetId() {
			continue
		}
		if err := bus.Silences.Delete(ctx, n.env.Bus, bus.Token(s.GetId()), 0); err != nil {
			n.env.Log.Warn("silence of a resolved incident not removed", "incident", c.GetId(), "err", err)
		}
	}
}

// watchActions keeps what the actioner offers current.
func (n *notifier) watchActions(ctx context.Context) {
	first := true
	_ = bus.ActionsOffered.Watch(ctx, n.env.Bus, relist, func(entries []bus.Entry[*eventv1.ActionDocument]) {
		actions := make(map[string]*eventv1.ActionDocument, len(entries))
		for _, e := range entries {
			actions[e.Value.GetName()] = e.Value
		}
		n.known.set(first, func() { n.known.actions = actions })
		first = false
	})
}
