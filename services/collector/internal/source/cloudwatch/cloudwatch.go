package cloudwatch

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/cost"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/poll"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/target"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/wait"
)

// watcher is the source.
type watcher struct {
	cfg   Config
	deps  source.Deps
	poll  poll.Config
	needs *poll.Needs
	calls *target.Metrics
	// beat and silence are those of [target.LeaseConfig].
	beat, silence time.Duration
}

// place is an account and a region of it.
type place struct {
	account    account.Account
	region     string
	globalOnly bool
}

// Run watches this collector's share of the accounts until ctx is done.
func (w *watcher) Run(ctx context.Context, sink source.Sink) error {
	if w.deps.Accounts == nil || w.deps.Bus == nil || len(w.deps.Accounts.Accounts()) == 0 {
		<-ctx.Done()
		return nil
	}
	accounts, err := w.resolve(ctx)
	if err != nil {
		return nil // stopped
	}
	places := places(accounts)
	keys := make([]target.Key, 0, len(places))
	byKey := map[string]place{}
	for _, p := range places {
		k := target.Key{Account: p.account.ID, Region: p.region}
		keys = append(keys, k)
		byKey[k.String()] = p
	}
	leases := target.NewLeases(target.LeaseConfig{Bus: w.deps.Bus, Log: w.deps.Log, Metrics: w.calls, Every: w.beat, Silence: w.silence,
		Name: w.deps.Instance + "-" + strconv.FormatInt(time.Now().UnixMilli(), 36)}, keys)
	parts := w.parts()
	var wg sync.WaitGroup
	wg.Go(func() { _ = w.needs.Watch(ctx, w.deps.Bus) })
	err = leases.Run(ctx, func(ctx context.Context, key string, l *target.Lease) { w.watch(ctx, byKey[key], l, parts, sink) })
	wg.Wait()
	return err
}

// resolve asks AWS whose the credentials are, where nobody said, until it
// answers; an error means that ctx ended.
func (w *watcher) resolve(ctx context.Context) ([]account.Account, error) {
	pause := wait.Pause{First: time.Second, Last: time.Minute}
	said := ""
	for {
		accounts, err := w.deps.Accounts.Resolve(ctx)
		if err == nil {
			return accounts, nil
		}
		if ctx.Err() == nil && err.Error() != said {
			said = err.Error()
			w.deps.Log.Warn("AWS is not watched yet", "err", err)
		}
		if err := pause.Wait(ctx); err != nil {
			return nil, err
		}
	}
}

// places returns the regions of each account, and where its global services are.
func places(accounts []account.Account) []place {
	var out []place
	for _, a := range accounts {
		for _, r := range a.Regions {
			out = append(out, place{account: a, region: r})
		}
		if len(a.Regions) > 0 && !slices.Contains(a.Regions, target.GlobalRegion) && account.Partition(a.Regions[0]) == "aws" {
			out = append(out, place{account: a, region: target.GlobalRegion, globalOnly: true})
		}
	}
	return out
}

// watch runs the parts of one target side by side until ctx is done or the
// target is another collector's.
func (w *watcher) watch(ctx context.Context, p place, l *target.Lease, parts map[string]target.Part, sink source.Sink) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t, err := w.target(ctx, p, l)
	if err != nil {
		return // stopped
	}
	var wg sync.WaitGroup
	for name, part := range parts {
		if p.globalOnly && name != "poll" {
			continue
		}
		wg.Go(func() {
			source.Supervise(ctx, t.Log().With("part", name), run(func(ctx context.Context, sink source.Sink) error {
				err := part.Run(ctx, t, sink)
				if errors.Is(err, target.ErrLost) {
					cancel()
				}
				return err
			}), sink)
		})
	}
	wg.Wait()
}

// run is a function as a source.
type run func(ctx context.Context, sink source.Sink) error

// Run calls it.
func (f run) Run(ctx context.Context, sink source.Sink) error { return f(ctx, sink) }

// target makes the target, however long it takes to read the credentials and
// the meter; an error means that ctx ended.
func (w *watcher) target(ctx context.Context, p place, l *target.Lease) (*target.Target, error) {
	pause := wait.Pause{First: time.Second, Last: time.Minute}
	said := ""
	for {
		conf, err := w.deps.Accounts.AWS(ctx, p.account, p.region, account.Read, "")
		if err == nil {
			t := target.New(target.Config{Account: p.account, Region: p.region, GlobalOnly: p.globalOnly, AWS: conf,
				Protocol: w.deps.Accounts.Protocol(), Lease: l, Meter: cost.NewMeter(), Metrics: w.calls, Bus: w.deps.Bus, Log: w.deps.Log,
				Limits: target.Limits{DataCalls: w.cfg.Calls, Points: w.cfg.Points, OtherCalls: w.cfg.Others}})
			if err = poll.Resume(ctx, t); err == nil {
				return t, nil
			}
		}
		if ctx.Err() == nil && err.Error() != said {
			said = err.Error()
			w.deps.Log.Warn("an AWS target is not watched yet", "account", p.account.ID, "region", p.region, "err", err)
		}
		if err := pause.Wait(ctx); err != nil {
			return nil, err
		}
	}
}
