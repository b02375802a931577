package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-ops/parley/services/internal/wait"
)

// Append stores what next makes of a stream's newest message, whatever its
// subject, and of nothing else: when somebody else was first, next is asked
// again. newest is nil when the stream is empty. id is as with [Publish];
// repeated says that it was stored before, and nothing now. Transient failures
// are tried again until ctx ends.
//
// Some writer always gets on, and each waits a little longer between its
// tries; a writer alone needs three round trips.
func Append[M any](ctx context.Context, c *Conn, s Stream, subject Subject[M], id string, next func(newest *Message[M]) (M, error)) (event M, repeated bool, err error) {
	p := wait.Pause{First: time.Millisecond, Last: 100 * time.Millisecond}
	for {
		event, repeated, err = appendOnce(ctx, c, s, subject, id, next)
		if err == nil || ctx.Err() != nil || !transient(err) && !errors.Is(err, ErrConflict) {
			return event, repeated, err
		}
		c.met.publishRetries.Inc()
		if p.Wait(ctx) != nil {
			return event, repeated, err
		}
	}
}

func appendOnce[M any](ctx context.Context, c *Conn, s Stream, subject Subject[M], id string, next func(*Message[M]) (M, error)) (event M, repeated bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	newest, last, err := tail[M](ctx, c, s)
	if err != nil {
		return event, false, err
	}
	if event, err = next(newest); err != nil {
		return event, false, err
	}
	data, err := encode(event)
	if err != nil {
		return event, false, err
	}
	ack, err := c.js.PublishMsg(ctx, c.message(ctx, string(subject), data, nil), jetstream.WithMsgID(id), jetstream.WithExpectLastSequence(last))
	if err != nil {
		return event, false, fmt.Errorf("publish %s: %w", subject, translate(err))
	}
	c.met.published.WithLabelValues(ack.Stream).Inc()
	return event, ack.Duplicate, nil
}

// tail returns the newest message, if there is one, and the last sequence, that
// stays when all have grown too old.
func tail[M any](ctx context.Context, c *Conn, s Stream) (*Message[M], uint64, error) {
	stream, err := c.js.Stream(ctx, s.Name)
	if err != nil {
		return nil, 0, fmt.Errorf("stream %s: %w", s.Name, translate(err))
	}
	state := stream.CachedInfo().State
	if state.Msgs == 0 {
		return nil, state.LastSeq, nil
	}
	raw, err := stream.GetMsg(ctx, state.LastSeq)
	if errors.Is(err, jetstream.ErrMsgNotFound) { // it grew too old at this moment
		return nil, state.LastSeq, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("message %d of %s: %w", state.LastSeq, s.Name, translate(err))
	}
	m, err := rawMessage[M](raw)
	return m, state.LastSeq, err
}
