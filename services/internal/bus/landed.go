package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrTrimmed: the stream has dropped messages behind the sequence asked for, so
// that nobody can tell any more what was in it.
var ErrTrimmed = errors.New("the stream does not reach back that far")

// SamplesEnd returns the sequence of the newest message of the samples' log; 0
// if there never was one.
func SamplesEnd(ctx context.Context, c *Conn) (uint64, error) {
	s, err := c.js.Stream(ctx, SamplesLog.Name) // asks the server
	if err != nil {
		return 0, fmt.Errorf("stream %s: %w", SamplesLog.Name, translate(err))
	}
	return s.CachedInfo().State.LastSeq, nil
}

// Landed returns those of the samples' log's message ids that begin with prefix
// and come after the sequence from: what of a round that was broken off is in
// the log. It reads headers only, of these partitions. ErrTrimmed when the log
// no longer reaches back to from; then nothing can be said.
func Landed(ctx context.Context, c *Conn, from uint64, partitions []Partition, prefix string) (map[string]bool, error) {
	found := map[string]bool{}
	if len(partitions) == 0 {
		return found, nil
	}
	s, err := c.js.Stream(ctx, SamplesLog.Name)
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", SamplesLog.Name, translate(err))
	}
	state := s.CachedInfo().State
	if state.LastSeq <= from {
		return found, nil
	}
	if state.FirstSeq > from+1 {
		return nil, ErrTrimmed
	}
	cfg := jetstream.OrderedConsumerConfig{HeadersOnly: true, DeliverPolicy: jetstream.DeliverByStartSequencePolicy,
		OptStartSeq: from + 1, InactiveThreshold: 30 * time.Second}
	for _, p := range partitions {
		cfg.FilterSubjects = append(cfg.FilterSubjects, string(Samples(p)))
	}
	consumer, err := c.js.OrderedConsumer(ctx, SamplesLog.Name, cfg)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", SamplesLog.Name, translate(err))
	}
	if info, err := consumer.Info(ctx); err != nil {
		return nil, fmt.Errorf("read %s: %w", SamplesLog.Name, translate(err))
	} else if info.NumPending == 0 && info.Delivered.Consumer == 0 {
		return found, nil
	}
	msgs, err := consumer.Messages(jetstream.PullMaxMessages(512))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", SamplesLog.Name, translate(err))
	}
	stop := context.AfterFunc(ctx, msgs.Stop)
	defer stop()
	defer msgs.Stop()
	messages := iterator{msgs: msgs}
	for {
		m, err := messages.next(ctx)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", SamplesLog.Name, translate(err))
		}
		if id := m.Headers().Get(nats.MsgIdHdr); strings.HasPrefix(id, prefix) {
			found[id] = true
		}
		meta, err := m.Metadata()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", SamplesLog.Name, err)
		}
		if meta.NumPending == 0 {
			return found, nil
		}
	}
}
