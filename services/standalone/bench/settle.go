package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// progress is how far the chain is with what was acknowledged.
type progress struct {
	unread    uint64 // messages that no collector is done with
	behind    uint64 // log entries that no evaluator has applied
	evaluated uint64 // samples
}

// askProgress asks the stream and the owners of all partitions.
func askProgress(ctx context.Context, operator *bus.Conn) (p progress, err error) {
	c, err := operator.JetStream().Consumer(ctx, bus.CollectorIngest.Stream.Name, bus.CollectorIngest.Name)
	if err != nil {
		return p, fmt.Errorf("progress of the collector: %w", err)
	}
	p.unread = c.CachedInfo().NumPending + uint64(c.CachedInfo().NumAckPending)
	answers, err := bus.QueryAll(ctx, operator, &eventv1.Query{Query: &eventv1.Query_Partition{Partition: &eventv1.PartitionQuery{}}})
	for _, a := range answers {
		p.behind += a.GetStatus().GetLagMessages()
		p.evaluated += a.GetStatus().GetSamplesTotal()
	}
	return p, err
}

// settle waits until everything that was acknowledged is evaluated.
func settle(ctx context.Context, operator *bus.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	for {
		p, err := askProgress(ctx, operator)
		if err == nil && p.unread == 0 && p.behind == 0 {
			return nil
		}
		if wait(ctx, readyPoll); ctx.Err() != nil {
			return fmt.Errorf("not settled: %+v: %w", p, errors.Join(err, ctx.Err()))
		}
	}
}
