package batch

import (
	"context"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/wait"
)

// publish stores a round, however often it takes, or until ctx ends.
func (b *Batcher) publish(ctx context.Context, round []*message) {
	// In order within a partition: the second message of one waits for the first.
	for len(round) > 0 {
		var wg sync.WaitGroup
		var seen [bus.Partitions]bool
		var later []*message
		for _, m := range round {
			if seen[m.partition] {
				later = append(later, m)
				continue
			}
			seen[m.partition] = true
			if len(round) == 1 {
				b.publishOne(ctx, m)
			} else {
				wg.Go(func() { b.publishOne(ctx, m) })
			}
		}
		wg.Wait()
		round = later
	}
}

// publishOne stores one message. What the server refuses for good is an error
// for a person to look at, and tried again: samples are not dropped.
func (b *Batcher) publishOne(ctx context.Context, m *message) {
	for {
		_, err := bus.Publish(ctx, b.cfg.Bus, bus.Samples(m.partition), m.id, m.entry)
		if err == nil {
			b.stored(m)
			return
		}
		if ctx.Err() != nil {
			b.finish(m, ErrStopped)
			return
		}
		b.cfg.Log.Error("a batch is refused, trying again", "subject", string(bus.Samples(m.partition)), "err", err)
		_ = wait.For(ctx, 5*time.Second)
	}
}

func (b *Batcher) stored(m *message) {
	b.cfg.Observe(len(m.batch.SeriesId))
	b.finish(m, nil)
}
