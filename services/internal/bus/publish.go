package bus

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-ops/parley/services/internal/telemetry"
	"github.com/parley-ops/parley/services/internal/wait"
)

// Headers that this package writes beside those of the server.
const (
	HeaderReason   = "Dlq-Reason"
	HeaderSubject  = "Dlq-Subject"
	HeaderStream   = "Dlq-Stream"
	HeaderConsumer = "Dlq-Consumer"
	HeaderSequence = "Dlq-Sequence"
	HeaderAttempts = "Dlq-Attempts"
	HeaderTime     = "Dlq-Time"
	// HeaderSource is the sequence of the log entry that caused a message.
	HeaderSource = "Src-Seq"
	// HeaderPart is which of several messages of one entry this is.
	HeaderPart = "Src-Part"
)

// Publish stores event on subject and returns its sequence once the stream has
// it. id is what makes a repeat the same message; it must not depend on time
// or chance. Transient failures are tried again until ctx ends, which should
// therefore have a deadline where the caller has somewhere better to be.
func Publish[M any](ctx context.Context, c *Conn, subject Subject[M], id string, event M) (uint64, error) {
	data, err := encode(event)
	if err != nil {
		return 0, err
	}
	return c.publish(ctx, string(subject), id, data, nil)
}

// PublishWith is [Publish] with headers of the caller's own.
func PublishWith[M any](ctx context.Context, c *Conn, subject Subject[M], id string, event M, header map[string]string) (uint64, error) {
	data, err := encode(event)
	if err != nil {
		return 0, err
	}
	return c.publish(ctx, string(subject), id, data, header)
}

// PublishFenced stores event only if the last message on exactly this subject
// has the sequence last (0: there is none); else ErrConflict. After any other
// error it is unknown whether it was stored: read [LastMessage] and see.
func PublishFenced[M any](ctx context.Context, c *Conn, subject Subject[M], id string, event M, last uint64, header map[string]string) (uint64, error) {
	data, err := encode(event)
	if err != nil {
		return 0, err
	}
	m := c.message(ctx, string(subject), data, header)
	ack, err := c.js.PublishMsg(ctx, m, jetstream.WithMsgID(id), jetstream.WithExpectLastSequencePerSubject(last))
	if err != nil {
		return 0, fmt.Errorf("publish %s: %w", subject, translate(err))
	}
	return ack.Sequence, nil
}

func (c *Conn) message(ctx context.Context, subject string, data []byte, header map[string]string) *nats.Msg {
	m := &nats.Msg{Subject: subject, Data: data, Header: nats.Header{}}
	for _, k := range slices.Sorted(maps.Keys(header)) {
		m.Header[k] = []string{header[k]}
	}
	if t := telemetry.TraceFrom(ctx); t != "" {
		m.Header["traceparent"] = []string{t}
	}
	return m
}

func (c *Conn) publish(ctx context.Context, subject, id string, data []byte, header map[string]string) (uint64, error) {
	m := c.message(ctx, subject, data, header)
	var opts []jetstream.PublishOpt
	if id != "" {
		opts = append(opts, jetstream.WithMsgID(id))
	}
	var p wait.Pause
	for {
		start := time.Now()
		attempt, cancel := context.WithTimeout(ctx, 10*time.Second)
		ack, err := c.js.PublishMsg(attempt, m, opts...)
		cancel()
		if err == nil {
			c.met.published.WithLabelValues(ack.Stream).Inc()
			c.met.publishSeconds.Observe(time.Since(start).Seconds())
			return ack.Sequence, nil
		}
		err = fmt.Errorf("publish %s: %w", subject, translate(err))
		if ctx.Err() != nil || !transient(err) {
			return 0, err
		}
		c.met.publishRetries.Inc()
		c.log.Warn("publishing again", "subject", subject, "attempt", p.Attempt(), "err", err)
		if p.Wait(ctx) != nil {
			return 0, err
		}
	}
}

// LastMessage returns the newest message on exactly this subject and its
// sequence, or ErrNotFound.
func LastMessage[M any](ctx context.Context, c *Conn, s Stream, subject Subject[M]) (*Message[M], error) {
	stream, err := c.js.Stream(ctx, s.Name)
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", s.Name, translate(err))
	}
	raw, err := stream.GetLastMsgForSubject(ctx, string(subject))
	if err != nil {
		return nil, fmt.Errorf("last message on %s: %w", subject, translate(err))
	}
	return rawMessage[M](raw)
}

// MessageAt returns the message with this sequence, or ErrNotFound.
func MessageAt[M any](ctx context.Context, c *Conn, s Stream, sequence uint64) (*Message[M], error) {
	stream, err := c.js.Stream(ctx, s.Name)
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", s.Name, translate(err))
	}
	raw, err := stream.GetMsg(ctx, sequence)
	if err != nil {
		return nil, fmt.Errorf("message %d of %s: %w", sequence, s.Name, translate(err))
	}
	return rawMessage[M](raw)
}

func rawMessage[M any](raw *jetstream.RawStreamMsg) (*Message[M], error) {
	event, err := decode[M](raw.Data)
	if err != nil {
		return nil, fmt.Errorf("message %d on %s: %w", raw.Sequence, raw.Subject, err)
	}
	return &Message[M]{Event: event, Subject: raw.Subject, Header: raw.Header,
		Sequence: raw.Sequence, Stored: raw.Time, Attempt: 1, Size: len(raw.Data)}, nil
}
