package notifier

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/wait"
	"github.com/parley-ops/parley/services/notifier/oncall"
	"github.com/parley-ops/parley/services/notifier/route"
)

// routing is the routes file and what people added to it at run time.
type routing struct {
	file route.Table
	text route.InForce

	mu        sync.Mutex
	table     route.Table
	rotations []oncall.Rotation
}

func newRouting(file route.Table, text []byte) *routing {
	return &routing{file: file, text: route.InForce{Default: file.Default(), File: string(text)}, table: file, rotations: file.Oncall}
}

// Table returns the routes in force, with subscriptions.
func (r *routing) Table() route.Table {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.table
}

// Rotations returns who takes turns on call, with those who stand in.
func (r *routing) Rotations() []oncall.Rotation {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rotations
}

func (r *routing) subscribed(subs []route.Subscription) {
	slices.SortFunc(subs, func(a, b route.Subscription) int { return a.At.Compare(b.At) })
	r.mu.Lock()
	defer r.mu.Unlock()
	r.table = r.file.With(subs)
}

func (r *routing) standIns(all []oncall.StandIn) {
	slices.SortFunc(all, func(a, b oncall.StandIn) int { return a.At.Compare(b.At) })
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rotations = oncall.With(r.file.Oncall, all)
}

// watchRouting keeps what people added current, until ctx is done.
func (n *notifier) watchRouting(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() {
		_ = bus.OncallOverrides.Watch(ctx, n.env.Bus, relist, func(entries []bus.Entry[[]byte]) {
			var all []oncall.StandIn
			for _, e := range entries {
				var s oncall.StandIn
				if err := json.Unmarshal(e.Value, &s); err != nil {
					n.env.Log.Warn("stand-in not understood", "key", e.Key, "err", err)
					continue
				}
				if time.Since(s.Until) > 30*24*time.Hour {
					if err := bus.OncallOverrides.Delete(ctx, n.env.Bus, e.Key, e.Revision); err != nil && !errors.Is(err, bus.ErrConflict) {
						n.env.Log.Warn("old stand-in not removed", "key", e.Key, "err", err)
					}
					continue
				}
				all = append(all, s)
			}
			n.routing.standIns(all)
		})
	})
	_ = bus.Subscriptions.Watch(ctx, n.env.Bus, relist, func(entries []bus.Entry[[]byte]) {
		var subs []route.Subscription
		for _, e := range entries {
			var s route.Subscription
			if err := json.Unmarshal(e.Value, &s); err != nil {
				n.env.Log.Warn("subscription not understood", "key", e.Key, "err", err)
				continue
			}
			subs = append(subs, s)
		}
		n.routing.subscribed(subs)
	})
}

// inForce is the key under which the routes file is written down.
const inForce = "file"

// publishRoutes writes down which routes are in force, for the command line.
func (n *notifier) publishRoutes(ctx context.Context) {
	data, err := json.Marshal(n.routing.text)
	pause := wait.Pause{Last: time.Minute}
	for ctx.Err() == nil && err == nil {
		e, other := bus.RoutesInForce.Get(ctx, n.env.Bus, inForce)
		if other == nil && string(e.Value) == string(data) {
			return
		}
		if _, other = bus.RoutesInForce.Put(ctx, n.env.Bus, inForce, data); other == nil {
			return
		}
		n.env.Log.Warn("routes not written down, again", "err", other)
		if pause.Wait(ctx) != nil {
			return
		}
	}
}
