package collector

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/archiver"
	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/deadletter"
	"github.com/parley-ops/parley/services/collector/internal/ingest"
	"github.com/parley-ops/parley/services/collector/internal/push"
	"github.com/parley-ops/parley/services/collector/internal/push/identity"
	"github.com/parley-ops/parley/services/collector/internal/series"
	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/service"
)

// Service describes the collector to the process that runs it.
func Service() service.Service { return service.New("collector", Defaults, run) }

// grace is how long what was accepted may take to be stored when the collector
// stops; shorter than that of package bus, so that inputs are given back.
const grace = 15 * time.Second

// cacheSize is how many series are sure to be remembered.
const cacheSize = 200_000

// maxPushed is how old what AWS pushes may be: a metric stream sends up to two
// days back, and Firehose tries for up to two hours.
const maxPushed = 51 * time.Hour

// run takes in samples until ctx is done, and then stores what it holds.
func run(ctx context.Context, cfg Config, env service.Env) error {
	access, err := newAccess(cfg)
	if err != nil {
		return err
	}
	accounts, err := cfg.AWS.Load(nil)
	if err != nil {
		return err
	}
	sources, err := cfg.sources(env, accounts)
	if err != nil {
		return err
	}
	met := newMetrics(env.Metrics)
	cache := series.NewCache(cacheSize)
	met.watch(env.Metrics, cache)
	name := env.Instance + "/" + strconv.FormatInt(time.Now().UnixMilli(), 36)
	batches := batch.New(batch.Config{Bus: env.Bus, Log: env.Log, Name: name, Linger: cfg.Linger,
		MaxBytes: maxHeld, Pressure: bus.CollectorIngest.MaxAckPending * 3 / 4, Observe: met.stored})
	letters := deadletter.New(env.Bus, env.Log)
	limits := ingest.Limits{Past: cfg.MaxPast, Future: cfg.MaxFuture}
	in := &intake{batches: batches, letters: letters, met: met,
		reader: func() *ingest.Reader { return ingest.NewReader(cache, limits) }}

	keep := func(context.Context) {}
	if cfg.Archive.Place != "" {
		a, err := archiver.New(cfg.Archive, archiver.Deps{Bus: env.Bus, Log: env.Log, Metrics: env.Metrics, Name: env.Instance})
		if err != nil {
			return err
		}
		keep = a.Run
	}

	// What stores lives longer than what takes in, and what archives longer still.
	archiving, stopArchiving := context.WithCancel(context.WithoutCancel(ctx))
	defer stopArchiving()
	var archives sync.WaitGroup
	archives.Go(func() { keep(archiving) })
	storing, stopStoring := context.WithCancel(context.WithoutCancel(ctx))
	defer stopStoring()
	var stores sync.WaitGroup
	stores.Go(func() { batches.Run(storing) })
	stores.Go(func() { letters.Run(storing) })

	taking, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	late := context.AfterFunc(taking, func() { time.AfterFunc(grace, stopStoring) })
	defer late()
	var inputs sync.WaitGroup
	start := func(input func(context.Context) error) {
		inputs.Go(func() {
			if err := input(taking); err != nil {
				stop(err)
			}
		})
	}
	start(func(ctx context.Context) error { return in.consume(ctx, env.Bus) })
	if cfg.Listen != "" {
		h := &httpIngest{in: in, access: access, log: env.Log, name: name, push: push.New(cfg.Push, push.Deps{
			Log: env.Log, Sink: sink{in, "aws-push"}, Letters: letters, Names: identity.New(accounts, cache, env.Log),
			Metrics: env.Metrics, Past: maxPushed, Future: cfg.MaxFuture})}
		start(func(ctx context.Context) error { return h.serve(ctx, cfg.Listen, env.Say) })
	}
	for kind, s := range sources {
		start(func(ctx context.Context) error {
			source.Supervise(ctx, env.Log.With("source", kind), s, sink{in, kind})
			return nil
		})
	}
	inputs.Wait()
	stopStoring()
	stores.Wait()
	stopArchiving()
	archives.Wait()
	if err := context.Cause(taking); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
