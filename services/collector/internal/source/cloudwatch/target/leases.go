package target

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/internal/bus"
)

// LeaseConfig is what Leases need.
type LeaseConfig struct {
	Bus *bus.Conn
	Log *slog.Logger
	// Name is this collector's, and no other's: also not of the one before it
	// in the same place.
	Name string
	// Every is how often it says that it is there; 0 is 4 s.
	Every time.Duration
	// Silence is after how long another's targets are taken over; 0 is 20 s.
	Silence time.Duration
	Metrics *Metrics
}

// Leases shares the targets with the other collectors.
type Leases struct {
	cfg     LeaseConfig
	targets []string

	mu   sync.Mutex
	beat time.Time // when this collector last said that it is there

	seen    map[string]sighting // of the other collectors
	running map[string]*running
}

type sighting struct {
	revision uint64
	at       time.Time
	gone     bool
}

type running struct {
	lease  *Lease
	cancel context.CancelFunc
	ended  chan struct{}
}

// NewLeases returns the leases for these targets, none of them held.
func NewLeases(cfg LeaseConfig, targets []Key) *Leases {
	if cfg.Every == 0 {
		cfg.Every = 4 * time.Second
	}
	if cfg.Silence == 0 {
		cfg.Silence = 20 * time.Second
	}
	l := &Leases{cfg: cfg, seen: map[string]sighting{}, running: map[string]*running{}}
	l.cfg.Name = bus.Token(cfg.Name)
	for _, k := range targets {
		l.targets = append(l.targets, k.String())
	}
	slices.Sort(l.targets)
	l.targets = slices.Compact(l.targets)
	return l
}

// Run holds this collector's share of the targets until ctx is done, and then
// gives them back. watch is called for each target in a goroutine of its own,
// and has to return when its context ends.
func (l *Leases) Run(ctx context.Context, watch func(ctx context.Context, key string, lease *Lease)) error {
	defer l.stop(ctx)
	ticks := time.NewTicker(l.cfg.Every)
	defer ticks.Stop()
	for {
		if err := l.round(ctx, watch); err != nil && ctx.Err() == nil {
			l.cfg.Log.Warn("the collectors' shares of the AWS targets are not known", "err", err)
		}
		if !l.fresh() {
			l.cancelAll("not able to say that it is there")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
	}
}

// fresh reports whether the others still take it that this one is there. It
// gives up well before they do.
func (l *Leases) fresh() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Since(l.beat) < l.cfg.Silence*3/4
}

func (l *Leases) round(ctx context.Context, watch func(context.Context, string, *Lease)) error {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Silence/2)
	defer cancel()
	now := time.Now()
	if _, err := bus.CloudCollectors.Put(ctx, l.cfg.Bus, l.cfg.Name, []byte(now.UTC().Format(time.RFC3339))); err != nil {
		return err
	}
	l.mu.Lock()
	l.beat = now
	l.mu.Unlock()
	alive, err := l.alive(ctx, now)
	if err != nil {
		return err
	}
	entries, err := bus.CloudTargets.List(ctx, l.cfg.Bus)
	if err != nil {
		return err
	}
	recs := map[string]bus.Entry[[]byte]{}
	for _, e := range entries {
		recs[e.Key] = e
	}
	share := Assign(l.targets, alive)
	for key, r := range l.running {
		select {
		case <-r.ended: // lost, or its watcher gave up
			delete(l.running, key)
		default:
			if share[key] != l.cfg.Name {
				l.giveBack(ctx, key, r)
			}
		}
	}
	for _, key := range l.targets {
		if _, mine := l.running[key]; mine || share[key] != l.cfg.Name {
			continue
		}
		e := recs[key]
		var rec record
		if e.Revision > 0 {
			if err := json.Unmarshal(e.Value, &rec); err != nil {
				l.cfg.Log.Error("the record of an AWS target cannot be read, it begins anew", "target", key, "err", err)
				rec = record{}
			}
		}
		if rec.Owner != "" && rec.Owner != l.cfg.Name && slices.Contains(alive, rec.Owner) {
			continue // not given back yet
		}
		lease, err := acquire(ctx, l.cfg.Bus, l.cfg.Name, key, rec, e.Revision, l.fresh)
		if errors.Is(err, bus.ErrConflict) {
			continue // another was quicker, or this is a record that came just now
		}
		if err != nil {
			return err
		}
		l.start(key, lease, watch)
	}
	l.cfg.Metrics.owns(len(l.running))
	return nil
}

// gone is what a collector says when it stops.
const gone = "gone"

// alive returns the collectors that said lately that they are there. One that
// is seen for the first time counts: it may have said so just now. So does one
// that is missing from the list: a key that is written while it is listed may be.
func (l *Leases) alive(ctx context.Context, now time.Time) ([]string, error) {
	entries, err := bus.CloudCollectors.List(ctx, l.cfg.Bus)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if s, ok := l.seen[e.Key]; !ok || s.revision != e.Revision {
			l.seen[e.Key] = sighting{e.Revision, now, string(e.Value) == gone}
		}
	}
	out := []string{l.cfg.Name}
	for name, s := range l.seen {
		switch silent := now.Sub(s.at); {
		case name == l.cfg.Name:
		case silent < l.cfg.Silence && !s.gone:
			out = append(out, name)
		case silent > 10*time.Minute:
			_ = bus.CloudCollectors.Delete(ctx, l.cfg.Bus, name, s.revision)
			delete(l.seen, name)
		}
	}
	slices.Sort(out)
	return out, nil
}

func (l *Leases) start(key string, lease *Lease, watch func(context.Context, string, *Lease)) {
	// Its life is not the round's: it ends by giveBack, cancelAll or stop.
	ctx, cancel := context.WithCancel(context.Background())
	r := &running{lease: lease, cancel: cancel, ended: make(chan struct{})}
	l.running[key] = r
	l.cfg.Log.Info("watching an AWS target", "target", key)
	go func() {
		defer close(r.ended)
		watch(ctx, key, lease)
	}()
}

// giveBack ends the watching and leaves the target to another.
func (l *Leases) giveBack(ctx context.Context, key string, r *running) {
	r.cancel()
	<-r.ended
	delete(l.running, key)
	if err := r.lease.release(ctx); err != nil && !errors.Is(err, ErrLost) {
		l.cfg.Log.Warn("an AWS target is not given back; another takes it when this collector is silent", "target", key, "err", err)
		return
	}
	l.cfg.Log.Info("an AWS target is given back", "target", key)
}

func (l *Leases) cancelAll(why string) {
	if len(l.running) == 0 {
		return
	}
	l.cfg.Log.Warn("AWS targets are let go", "reason", why)
	for _, r := range l.running {
		r.cancel()
	}
	for key, r := range l.running {
		<-r.ended
		delete(l.running, key)
	}
}

// stop gives everything back.
func (l *Leases) stop(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	for _, r := range l.running {
		r.cancel()
	}
	for key, r := range l.running {
		l.giveBack(ctx, key, r)
	}
	_, _ = bus.CloudCollectors.Put(ctx, l.cfg.Bus, l.cfg.Name, []byte(gone))
}
