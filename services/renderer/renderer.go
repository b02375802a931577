package renderer

import (
	"context"
	"errors"
	"sync"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/service"
	"github.com/parley-ops/parley/services/renderer/internal/picture"
)

// workers is how many incidents one instance draws at a time: while one waits
// for history, another uses the core.
const workers = 2

// Service describes the renderer to the process that runs it.
func Service() service.Service { return service.New("renderer", Defaults, run) }

// run draws until ctx is done.
func run(ctx context.Context, cfg Config, env service.Env) error {
	look, err := cfg.look()
	if err != nil {
		return err
	}
	met, err := newMetrics(env.Metrics)
	if err != nil {
		return err
	}
	d := &drawer{bus: env.Bus, look: look, met: met, log: env.Log, inMessage: inMessage, asked: make(chan struct{}, workers)}
	waiting := newQueue(met)

	var wg sync.WaitGroup
	var incidents, runs, asked error
	wg.Go(func() {
		incidents = bus.ConsumeAsync(ctx, env.Bus, bus.RendererIncidents, waiting.add)
	})
	wg.Go(func() {
		runs = bus.Consume(ctx, env.Bus, bus.RendererRuns, func(ctx context.Context, m *bus.Message[*eventv1.RunChanged]) error {
			if !picture.RunWanted(m.Event) || tooOld(m.Stored) {
				return nil
			}
			return d.lastly(d.run(ctx, m.Event), m.Attempt, bus.RendererRuns.Attempts)
		})
	})
	wg.Go(func() { asked = bus.Answer(ctx, env.Bus, bus.DrawQuestion, d.draw) })
	for range workers {
		wg.Go(func() {
			for {
				j, ok := waiting.take()
				if !ok {
					return
				}
				waiting.finish(j, d.safely(j))
			}
		})
	}
	<-ctx.Done()
	waiting.close()
	wg.Wait()
	return errors.Join(incidents, runs, asked)
}

// lateness is after how long nobody waits for a picture any more.
const lateness = 15 * time.Minute

func tooOld(stored time.Time) bool { return time.Since(stored) > lateness }
