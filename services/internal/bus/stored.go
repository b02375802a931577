package bus

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// LogState is the samples' log at a moment.
type LogState struct {
	// Created is when it was made: one that was made anew counts from 1 again.
	Created time.Time
	// First is the oldest entry that is there, Last the newest that was stored;
	// First is Last+1 when none is there.
	First, Last     uint64
	Bytes, MaxBytes int64
}

// SamplesState returns the state of the samples' log.
func SamplesState(ctx context.Context, c *Conn) (LogState, error) {
	stream, err := c.js.Stream(ctx, SamplesLog.Name) // asks the server
	if err != nil {
		return LogState{}, fmt.Errorf("stream %s: %w", SamplesLog.Name, translate(err))
	}
	info := stream.CachedInfo()
	s := LogState{Created: info.Created, First: info.State.FirstSeq, Last: info.State.LastSeq, Bytes: int64(info.State.Bytes), MaxBytes: info.Config.MaxBytes}
	if info.State.Msgs == 0 {
		s.First = s.Last + 1
	}
	return s, nil
}

// Stored calls each with the entries of all partitions' logs from a position on,
// in the order in which they were stored, up to the newest that there was when it
// began. One that cannot be read is an empty one. It returns each's error, and
// ctx's when that is done first.
func Stored(ctx context.Context, c *Conn, from Position, each func(Partition, *Message[*eventv1.PartitionEntry]) error) error {
	state, err := SamplesState(ctx, c)
	if err != nil {
		return err
	}
	cfg := jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &from.Time, InactiveThreshold: time.Minute}
	if from.Sequence > 0 {
		if from.Sequence > state.Last {
			return nil
		}
		cfg.DeliverPolicy, cfg.OptStartSeq, cfg.OptStartTime = jetstream.DeliverByStartSequencePolicy, from.Sequence, nil
	}
	consumer, err := c.js.OrderedConsumer(ctx, SamplesLog.Name, cfg)
	if err != nil {
		return fmt.Errorf("read %s: %w", SamplesLog.Name, translate(err))
	}
	if info := consumer.CachedInfo(); info != nil && info.NumPending == 0 {
		return nil
	}
	msgs, err := consumer.Messages(jetstream.PullMaxMessages(256))
	if err != nil {
		return fmt.Errorf("read %s: %w", SamplesLog.Name, translate(err))
	}
	stop := context.AfterFunc(ctx, msgs.Stop)
	defer stop()
	defer msgs.Stop()
	messages := iterator{msgs: msgs}
	for {
		raw, err := messages.next(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", SamplesLog.Name, translate(err))
		}
		meta, err := raw.Metadata()
		if err != nil {
			return fmt.Errorf("read %s: %w", SamplesLog.Name, err)
		}
		if meta.Sequence.Stream > state.Last {
			return nil
		}
		p, event, err := partitionEntry(raw.Subject(), raw.Data())
		if err != nil { // only our own services write here: what cannot be read is nothing, as evaluators take it
			c.log.Error("entry of a partition's log cannot be read", "subject", raw.Subject(), "sequence", meta.Sequence.Stream, "err", err)
			event = &eventv1.PartitionEntry{}
		}
		if err := each(p, &Message[*eventv1.PartitionEntry]{Event: event, Subject: raw.Subject(), Header: raw.Headers(), Sequence: meta.Sequence.Stream,
			Stored: meta.Timestamp, Attempt: 1, Size: len(raw.Data()), Pending: meta.NumPending}); err != nil {
			return err
		}
		if meta.Sequence.Stream == state.Last || meta.NumPending == 0 {
			return nil
		}
	}
}

func partitionEntry(subject string, data []byte) (Partition, *eventv1.PartitionEntry, error) {
	parts := strings.Split(subject, ".") // samples.v1.07.batch
	if len(parts) != 4 {
		return 0, nil, fmt.Errorf("subject %q is of no partition", subject)
	}
	p, err := ParsePartition(parts[2])
	if err != nil {
		return 0, nil, err
	}
	e, err := decode[*eventv1.PartitionEntry](data)
	return p, e, err
}
