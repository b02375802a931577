package bustest

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-ops/parley/services/internal/bus"
)

// read returns the first n messages on subject, or those it got until ctx ends.
func read[M any](ctx context.Context, c *bus.Conn, s bus.Stream, subject string, n int) ([]*bus.Message[M], error) {
	consumer, err := c.JetStream().OrderedConsumer(ctx, s.Name, jetstream.OrderedConsumerConfig{FilterSubjects: []string{subject}})
	if err != nil {
		return nil, err
	}
	msgs, err := consumer.Messages()
	if err != nil {
		return nil, err
	}
	defer msgs.Stop()
	stop := context.AfterFunc(ctx, msgs.Stop)
	defer stop()
	var got []*bus.Message[M]
	for len(got) < n {
		raw, err := msgs.Next()
		if ctx.Err() != nil {
			return got, ctx.Err()
		}
		if err != nil {
			return got, err
		}
		m, err := bus.Decode[M](raw)
		if err != nil {
			return got, fmt.Errorf("message on %s: %w", raw.Subject(), err)
		}
		got = append(got, m)
	}
	return got, nil
}
