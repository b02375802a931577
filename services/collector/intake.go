package collector

import (
	"context"
	"fmt"
	"strconv"
	"sync/atomic"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/deadletter"
	"github.com/parley-ops/parley/services/collector/internal/ingest"
	"github.com/parley-ops/parley/services/internal/bus"
)

// maxHeld bounds what is taken in and not yet stored, in bytes.
const maxHeld = 64 << 20

// intake brings what comes in to the batches, and what is bad to the dead
// letters.
type intake struct {
	batches *batch.Batcher
	letters *deadletter.Office
	met     *metrics
	reader  func() *ingest.Reader
}

// consume reads custom metrics from NATS until ctx is done.
func (in *intake) consume(ctx context.Context, conn *bus.Conn) error {
	reader := in.reader() // handlers are called one at a time
	return bus.ConsumeAsync(ctx, conn, bus.CollectorIngest, func(hctx context.Context, m *bus.Message[[]byte], done func(error)) {
		team := bus.TeamOf(m.Subject)
		if team == "" {
			done(bus.Permanent(fmt.Errorf("the subject %s names no team", m.Subject)))
			return
		}
		result := reader.Read(ingest.Message{Team: team, ContentType: m.Header.Get("Content-Type"), Body: m.Event, Stored: m.Stored})
		in.met.took("nats", result)
		letter := func() deadletter.Letter {
			return deadletter.Letter{
				Team: team, ID: "dlq/ingest/" + strconv.FormatUint(m.Sequence, 10), Reason: ingest.Reasons(result.Rejected), Body: m.Event,
				Header: m.Header, Subject: m.Subject, Time: m.Stored,
				Stream: bus.CollectorIngest.Stream.Name, Consumer: bus.CollectorIngest.Name, Sequence: m.Sequence, Attempts: m.Attempt,
			}
		}
		in.store(hctx, result, m.Size, letter, done)
	})
}

// store gives the good part to the batches and the bad one to the dead letters;
// done is called once, when both are stored.
func (in *intake) store(ctx context.Context, result *ingest.Result, size int, letter func() deadletter.Letter, done func(error)) {
	if len(result.Rejected) == 0 {
		if err := in.batches.Add(ctx, result.Samples, size, done); err != nil {
			done(err)
		}
		return
	}
	both := join(2, done)
	if err := in.letters.Send(ctx, letter(), both); err != nil {
		both(err)
	}
	if err := in.batches.Add(ctx, result.Samples, size, both); err != nil {
		both(err)
	}
}

// join returns a function that calls done at its n-th call, with the first
// error.
func join(n int32, done func(error)) func(error) {
	var left atomic.Int32
	var first atomic.Pointer[error]
	left.Store(n)
	return func(err error) {
		if err != nil {
			first.CompareAndSwap(nil, &err)
		}
		if left.Add(-1) > 0 {
			return
		}
		if e := first.Load(); e != nil {
			done(*e)
			return
		}
		done(nil)
	}
}

// sink is where a source's samples go.
type sink struct {
	in   *intake
	kind string
}

// Store returns when the samples are stored.
func (s sink) Store(ctx context.Context, samples []batch.Sample) error {
	stored := make(chan error, 1)
	if err := s.in.batches.Add(ctx, samples, 0, func(err error) { stored <- err }); err != nil {
		return err
	}
	select {
	case err := <-stored:
		if err == nil {
			s.in.met.samples.WithLabelValues(s.kind).Add(float64(len(samples)))
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
