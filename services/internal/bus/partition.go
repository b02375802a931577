package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"

	"github.com/parley-ops/parley/services/internal/wait"
)

// Position is where to begin to read the samples' log, or a partition's: at Sequence, or, when
// that is 0, at Time; the zero Position is the log's beginning.
type Position struct {
	Sequence uint64
	Time     time.Time
}

// ReadPartition calls apply with each entry of p's log from the position on,
// in order, each once, until ctx is done (nil) or apply fails (its error).
// It keeps its place over reconnects. Nothing is acked: the position is the
// caller's to remember.
func ReadPartition(ctx context.Context, c *Conn, p Partition, from Position, apply func(*Message[*eventv1.PartitionEntry]) error) error {
	cfg := jetstream.OrderedConsumerConfig{
		FilterSubjects:    []string{partitionLog(p)},
		DeliverPolicy:     jetstream.DeliverAllPolicy,
		InactiveThreshold: 30 * time.Second,
	}
	var pauses wait.Pause
	next := from.Sequence
	for ctx.Err() == nil {
		switch {
		case next > 0:
			cfg.DeliverPolicy, cfg.OptStartSeq, cfg.OptStartTime = jetstream.DeliverByStartSequencePolicy, next, nil
		case !from.Time.IsZero():
			cfg.DeliverPolicy, cfg.OptStartTime = jetstream.DeliverByStartTimePolicy, &from.Time
		}
		err := readOrdered(ctx, c, p, cfg, func(m *Message[*eventv1.PartitionEntry]) error {
			if err := apply(m); err != nil {
				return stopReading{err}
			}
			next = m.Sequence + 1
			pauses.Reset()
			return nil
		})
		var stop stopReading
		if errors.As(err, &stop) {
			return stop.err
		}
		if ctx.Err() != nil {
			break
		}
		c.log.Warn("reading the partition again", "partition", p.String(), "attempt", pauses.Attempt(), "err", err)
		_ = pauses.Wait(ctx)
	}
	return nil
}

// stopReading carries apply's error past what is tried again.
type stopReading struct{ err error }

func (s stopReading) Error() string { return s.err.Error() }

func readOrdered(ctx context.Context, c *Conn, p Partition, cfg jetstream.OrderedConsumerConfig, apply func(*Message[*eventv1.PartitionEntry]) error) error {
	consumer, err := c.js.OrderedConsumer(ctx, SamplesLog.Name, cfg)
	if err != nil {
		return fmt.Errorf("read partition %s: %w", p, translate(err))
	}
	msgs, err := consumer.Messages(jetstream.PullMaxMessages(64))
	if err != nil {
		return fmt.Errorf("read partition %s: %w", p, translate(err))
	}
	stop := context.AfterFunc(ctx, msgs.Stop)
	defer stop()
	defer msgs.Stop()
	messages := iterator{msgs: msgs}
	for {
		raw, err := messages.next(ctx)
		if err != nil {
			return fmt.Errorf("read partition %s: %w", p, translate(err))
		}
		meta, err := raw.Metadata()
		if err != nil {
			return fmt.Errorf("read partition %s: %w", p, err)
		}
		event, err := decode[*eventv1.PartitionEntry](raw.Data())
		if err != nil {
			// Only our own services may write here; skip it, as a replay would.
			c.log.Error("entry of a partition's log cannot be read", "partition", p.String(), "sequence", meta.Sequence.Stream, "err", err)
			event = &eventv1.PartitionEntry{}
		}
		err = apply(&Message[*eventv1.PartitionEntry]{Event: event, Subject: raw.Subject(), Header: raw.Headers(),
			Sequence: meta.Sequence.Stream, Stored: meta.Timestamp, Attempt: 1, Size: len(raw.Data()), Pending: meta.NumPending})
		if err != nil {
			return err
		}
	}
}

// PartitionEnd returns the sequence of the newest entry of p's log; 0 if it is
// empty.
func PartitionEnd(ctx context.Context, c *Conn, p Partition) (uint64, error) {
	var last uint64
	for _, s := range []Subject[*eventv1.PartitionEntry]{Samples(p), Control(p)} {
		m, err := LastMessage(ctx, c, SamplesLog, s)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return 0, err
		}
		last = max(last, m.Sequence)
	}
	return last, nil
}
