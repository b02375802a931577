package bus

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Stored calls each with the entries of all partitions' logs that were stored
// from a time on, in the order in which they were, up to the newest that there
// was when it began. It returns each's error, and ctx's when that is done first.
func Stored(ctx context.Context, c *Conn, from time.Time, each func(Partition, *Message[*eventv1.PartitionEntry]) error) error {
	stream, err := c.js.Stream(ctx, SamplesLog.Name) // asks the server
	if err != nil {
		return fmt.Errorf("stream %s: %w", SamplesLog.Name, translate(err))
	}
	last := stream.CachedInfo().State.LastSeq
	consumer, err := c.js.OrderedConsumer(ctx, SamplesLog.Name, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &from, InactiveThreshold: time.Minute})
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
		if meta.Sequence.Stream > last {
			return nil
		}
		p, event, err := partitionEntry(raw.Subject(), raw.Data())
		if err != nil { // only our own services write here: what cannot be read is left out, as evaluators do
			c.log.Error("entry of a partition's log cannot be read", "subject", raw.Subject(), "sequence", meta.Sequence.Stream, "err", err)
		} else if err := each(p, &Message[*eventv1.PartitionEntry]{Event: event, Subject: raw.Subject(), Header: raw.Headers(), Sequence: meta.Sequence.Stream,
			Stored: meta.Timestamp, Attempt: 1, Size: len(raw.Data()), Pending: meta.NumPending}); err != nil {
			return err
		}
		if meta.Sequence.Stream == last || meta.NumPending == 0 {
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
