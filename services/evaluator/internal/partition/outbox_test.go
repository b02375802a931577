package partition

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

func TestMain(m *testing.M) { bustest.Main(m) }

func batch(source uint64, part uint32) *eventv1.IncidentBatch {
	return &eventv1.IncidentBatch{Partition: 7, SourceSequence: source, Part: part}
}

// What one owner says is in the log once, and in order, whatever another one,
// or a lost answer, did before.
func TestSayExactlyOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		conn := b.Conn("evaluator")
		ctx := context.Background()
		box := func() *outbox {
			last, err := lastSaid(ctx, conn, 7)
			if err != nil {
				t.Fatal(err)
			}
			return newOutbox(conn, 7, last)
		}
		say := func(o *outbox, source uint64, part uint32) error { return o.say(ctx, batch(source, part)) }

		first := box()
		for _, p := range []uint32{0, 1} {
			if err := say(first, 10, p); err != nil {
				t.Fatal(err)
			}
		}
		// A replay: suppressed up to where the log is, then on.
		second := box()
		for _, s := range []struct {
			source uint64
			part   uint32
		}{{9, 0}, {10, 0}, {10, 1}, {10, 2}, {12, 0}} {
			if err := say(second, s.source, s.part); err != nil {
				t.Fatal(err)
			}
		}
		// The one before does not know: refused, and nothing is appended.
		if err := say(first, 13, 0); !errors.Is(err, errFenced) {
			t.Errorf("the stale owner got %v", err)
		}
		// The answer to its own message was lost: found, not said again.
		lost := box()
		if err := say(lost, 14, 0); err != nil {
			t.Fatal(err)
		}
		lost.last = said{stream: lost.last.stream - 1, source: 12}
		if err := say(lost, 14, 0); err != nil {
			t.Errorf("after a lost answer: %v", err)
		}
		if err := say(lost, 15, 0); err != nil {
			t.Error(err)
		}
		var got []uint64
		for _, m := range bustest.WantEvents[*eventv1.IncidentBatch](t, b, bus.AlertsLog, "alerts.v1.07", 6) {
			got = append(got, m.Event.SourceSequence*10+uint64(m.Event.Part))
		}
		want := []uint64{100, 101, 102, 120, 140, 150}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("log %v, want %v", got, want)
			}
		}
	})
}

// Without a broker, publishing gives up after a bounded time, so that the
// partition can be let go.
func TestSayGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		conn := b.Conn("evaluator")
		o := newOutbox(conn, 7, said{})
		conn.NATS().Close()
		start := time.Now()
		if err := o.say(context.Background(), batch(1, 0)); err == nil {
			t.Error("said without a connection")
		}
		if d := time.Since(start); d > attempts*(2*oneTry+5*time.Second) {
			t.Errorf("took %s", d)
		}
	})
}

func TestAFailedOutboxHoldsUpNobody(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		conn := b.Conn("evaluator")
		o := newOutbox(conn, 7, said{stream: 99, source: 5}) // another owner was there
		done := make(chan error, 1)
		go func() { done <- o.run(context.Background()) }()
		for n := range uint64(3 * queueLength) {
			if !o.put(context.Background(), item{sequence: 6 + n, alerts: []*eventv1.IncidentBatch{batch(6+n, 0)}}) {
				break
			}
		}
		if err := <-done; !errors.Is(err, errFenced) {
			t.Errorf("ended with %v", err)
		}
		if o.put(context.Background(), item{}) && o.put(context.Background(), item{}) {
			for range 2 * queueLength {
				o.put(context.Background(), item{})
			}
		}
		if err := o.wait(context.Background(), o.mark(context.Background())); !errors.Is(err, errFenced) {
			t.Errorf("waited for %v", err)
		}
	})
}
