package bus

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

// Event is one of several that are published together.
type Event[M any] struct {
	Subject Subject[M]
	ID      string
	Event   M
	// Header is the caller's own; may be nil.
	Header map[string]string
}

// MaxTogether is how many events may be published together.
const MaxTogether = 1000

// Source: NATS ADR-50, JetStream atomic batch publishing.
const (
	headerBatchID       = "Nats-Batch-Id"
	headerBatchSequence = "Nats-Batch-Sequence"
	headerBatchCommit   = "Nats-Batch-Commit"
)

// PublishTogether stores all events, in their order and with one sync to disk,
// or none of them; the stream has to allow it ([Stream.Together]). It tries
// once. After an error it is unknown whether they were stored: publish them
// one by one, which their ids make harmless. In particular it is refused when
// the stream has an event with one of the ids already.
func PublishTogether[M any](ctx context.Context, c *Conn, s Stream, events []Event[M]) error {
	if len(events) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	start, batch := time.Now(), nuid.Next()
	for i, e := range events {
		data, err := encode(e.Event)
		if err != nil {
			return err
		}
		m := c.message(ctx, string(e.Subject), data, e.Header)
		m.Header[headerBatchID] = []string{batch}
		m.Header[headerBatchSequence] = []string{strconv.Itoa(i + 1)}
		m.Header[jetstream.MsgIDHeader] = []string{e.ID}
		if i+1 < len(events) {
			// Not answered: what goes wrong here shows in the answer to the last.
			if err := c.nc.PublishMsg(m); err != nil {
				return fmt.Errorf("publish %d together: %w", len(events), translate(err))
			}
			continue
		}
		m.Header[headerBatchCommit] = []string{"1"}
		answer, err := c.nc.RequestMsgWithContext(ctx, m)
		if err != nil {
			return fmt.Errorf("publish %d together: %w", len(events), translate(err))
		}
		if err := together(answer.Data, s, len(events)); err != nil {
			return fmt.Errorf("publish %d together: %w", len(events), err)
		}
	}
	c.met.published.WithLabelValues(s.Name).Add(float64(len(events)))
	c.met.publishSeconds.Observe(time.Since(start).Seconds())
	return nil
}

// together reads the answer to the last event.
func together(data []byte, s Stream, events int) error {
	var answer struct {
		Stream string              `json:"stream"`
		Count  int                 `json:"count"`
		Error  *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return fmt.Errorf("answer %.100q: %w", data, err)
	}
	if answer.Error != nil {
		return translate(answer.Error)
	}
	if answer.Stream != s.Name || answer.Count != events {
		return fmt.Errorf("stream %s stored %d", answer.Stream, answer.Count)
	}
	return nil
}
