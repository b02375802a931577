package partition

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-ops/parley/services/internal/bus"
)

// position returns where to go on reading, having made sure that the log is
// still the one of the snapshot.
func (o *owner) position(ctx context.Context) (bus.Position, error) {
	log, err := o.conn.JetStream().Stream(ctx, bus.SamplesLog.Name)
	if err != nil {
		return bus.Position{}, fmt.Errorf("samples' log: %w", err)
	}
	at := log.CachedInfo().State
	if o.elder(at) {
		o.begin("what was said last is of another log")
	}
	if o.seq == 0 {
		return bus.Position{}, nil
	}
	m, err := bus.MessageAt[[]byte](ctx, o.conn, bus.SamplesLog, o.seq)
	switch {
	case err == nil && m.Stored.Equal(o.stored):
		return bus.Position{Sequence: o.seq + 1}, nil
	case err != nil && !errors.Is(err, bus.ErrNotFound):
		return bus.Position{}, err
	case err != nil && at.FirstSeq > o.seq:
		o.log.Warn("the log begins behind the snapshot: something may have been missed",
			"partition", o.p.String(), "sequence", o.seq, "first", at.FirstSeq)
		o.state.HoldNoData()
		return bus.Position{Sequence: o.seq + 1}, nil
	}
	o.begin("the log is not the one of the snapshot: reading by time")
	return bus.Position{Time: o.stored.Add(-time.Minute)}, nil
}

// elder reports whether the partition's last alert was caused by an entry of a
// log before this one: what that covers says nothing about this one.
func (o *owner) elder(log jetstream.StreamState) bool {
	last := o.out.last
	if last.source <= o.seq {
		return false
	}
	// Caused by an entry behind the snapshot's, it would be later than that.
	return last.source > log.LastSeq || last.stored.Before(o.stored.Add(-time.Minute))
}

// begin makes what is said from now on independent of what was said of a log
// before this one.
func (o *owner) begin(why string) {
	o.log.Warn(why, "partition", o.p.String(), "sequence", o.seq)
	o.out.last.source, o.out.last.part = 0, 0
	o.out.suffix = fmt.Sprintf("/r%d", o.epoch)
}
