package poll

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/target"
	"github.com/parley-ops/parley/services/internal/bus"
)

// resume takes up where the owner before stopped, and sends what that left
// unsent.
func (w *worker) resume(ctx context.Context) error {
	pos, err := w.t.Lease().Position(ctx)
	if err != nil {
		return err
	}
	w.state = newState()
	if len(pos.Data) == 0 {
		if pos.Mark != (target.Mark{}) {
			w.t.Log().Error("the position of an AWS target is gone, it begins anew: what was read of late comes again", "round", pos.Mark)
		}
		return nil
	}
	st, outbox, err := decode(pos.Data)
	if err != nil {
		w.t.Log().Error("the position of an AWS target begins anew", "err", err)
		return nil
	}
	w.state = st
	if pos.Done || len(outbox) == 0 {
		return nil
	}
	var partitions []bus.Partition
	var seen [bus.Partitions]bool
	for _, m := range outbox {
		if !seen[m.Partition] {
			seen[m.Partition] = true
			partitions = append(partitions, m.Partition)
		}
	}
	landed, err := bus.Landed(ctx, w.t.Bus(), pos.From, partitions, w.prefix(pos.Mark)+"/")
	if errors.Is(err, bus.ErrTrimmed) {
		// They are older than all that the log keeps: nobody waits for them.
		w.t.Log().Warn("what the last round of an AWS target left unsent is too old", "err", err)
		return nil
	}
	if err != nil {
		return fmt.Errorf("see what of the last round is in the log: %w", err)
	}
	var missing []batch.Packed
	for _, m := range outbox {
		if !landed[m.ID] {
			missing = append(missing, m)
		}
	}
	if len(missing) > 0 {
		w.t.Log().Info("sending what the last round of an AWS target left unsent", "count", len(missing))
	}
	return w.publish(ctx, missing)
}

func (w *worker) prefix(m target.Mark) string { return "cw/" + w.t.Key().String() + "/" + m.String() }

// commit makes the round happen, and sends its samples.
func (w *worker) commit(ctx context.Context, r *round, now time.Time) error {
	lease := w.t.Lease()
	outbox := batch.Pack(w.prefix(lease.Next()), r.samples, now)
	data, err := encode(w.state, outbox)
	if err != nil {
		return err
	}
	from, err := bus.SamplesEnd(ctx, w.t.Bus())
	if err != nil {
		return err
	}
	if err := lease.Commit(ctx, data, from, w.cfg.Step); err != nil {
		return err
	}
	return w.publish(ctx, outbox)
}

// publish sends messages, those of one partition in order, and notes that all
// are sent.
func (w *worker) publish(ctx context.Context, outbox []batch.Packed) error {
	var parts [bus.Partitions][]batch.Packed
	for _, m := range outbox {
		parts[m.Partition] = append(parts[m.Partition], m)
	}
	errs := make([]error, bus.Partitions)
	var wg sync.WaitGroup
	for p, ms := range parts {
		if len(ms) == 0 {
			continue
		}
		wg.Go(func() {
			for _, m := range ms {
				if !w.t.Lease().Held() {
					errs[p] = target.ErrLost
					return
				}
				if _, errs[p] = bus.Publish(ctx, w.t.Bus(), bus.Samples(m.Partition), m.ID, m.Entry); errs[p] != nil {
					return
				}
				w.cfg.Step("published " + m.ID)
			}
		})
	}
	wg.Wait()
	if err := first(errs); err != nil {
		return err
	}
	w.t.Lease().Finish()
	w.cfg.Step("finished")
	return nil
}
