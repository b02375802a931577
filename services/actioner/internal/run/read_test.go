package run

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-ops/parley/services/internal/bus"
)

// messages returns what is on a subject now.
func (s *bed) messages(stream bus.Stream, subject string) []jetstream.Msg {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c, err := s.reader.JetStream().OrderedConsumer(ctx, stream.Name, jetstream.OrderedConsumerConfig{FilterSubjects: []string{subject}})
	if err != nil {
		s.t.Fatal(err)
	}
	info, err := c.Info(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	msgs, err := c.Messages()
	if err != nil {
		s.t.Fatal(err)
	}
	defer msgs.Stop()
	var out []jetstream.Msg
	for range info.NumPending {
		m, err := msgs.Next()
		if err != nil {
			s.t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}
