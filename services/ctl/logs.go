package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-ops/parley/services/internal/bus"
)

// stretch is a part of a stream.
type stretch struct {
	Subjects []string
	// Since, or FromSequence, is where it begins; neither: at the beginning.
	Since        time.Time
	FromSequence uint64
	// Follow goes on with what comes after the end.
	Follow bool
	// HeadersOnly leaves out the bodies.
	HeadersOnly bool
}

// errEnough ends a reading early, without an error.
var errEnough = errors.New("enough was read")

// readLog calls each with every message of a stretch of a stream, in order,
// until its end (without one, if it follows: until ctx is done). What cannot
// be decoded is left out: the command line may be older than the services.
func readLog[M any](ctx context.Context, conn *bus.Conn, s bus.Stream, part stretch, each func(*bus.Message[M]) error) error {
	cfg := jetstream.OrderedConsumerConfig{FilterSubjects: part.Subjects, HeadersOnly: part.HeadersOnly, InactiveThreshold: 10 * time.Second}
	switch {
	case part.FromSequence > 0:
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, part.FromSequence
	case !part.Since.IsZero():
		cfg.DeliverPolicy, cfg.OptStartTime = jetstream.DeliverByStartTimePolicy, &part.Since
	}
	consumer, err := conn.JetStream().OrderedConsumer(ctx, s.Name, cfg)
	if err != nil {
		return fmt.Errorf("read %s: %w", s.Name, err)
	}
	if info := consumer.CachedInfo(); !part.Follow && info != nil && info.NumPending == 0 {
		return nil
	}
	msgs, err := consumer.Messages()
	if err != nil {
		return fmt.Errorf("read %s: %w", s.Name, err)
	}
	defer msgs.Stop()
	for {
		raw, err := msgs.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("read %s: %w", s.Name, err)
		}
		meta, err := raw.Metadata()
		if err != nil {
			return fmt.Errorf("read %s: %w", s.Name, err)
		}
		if m, err := bus.Decode[M](raw); err == nil {
			err = each(m)
			if errors.Is(err, errEnough) {
				return nil
			}
			if err != nil {
				return err
			}
		}
		if !part.Follow && meta.NumPending == 0 {
			return nil
		}
	}
}

// endOf returns the sequence of the newest message of a stream.
func endOf(ctx context.Context, conn *bus.Conn, s bus.Stream) (uint64, error) {
	stream, err := conn.JetStream().Stream(ctx, s.Name)
	if err != nil {
		return 0, fmt.Errorf("stream %s: %w", s.Name, err)
	}
	return stream.CachedInfo().State.LastSeq, nil
}
