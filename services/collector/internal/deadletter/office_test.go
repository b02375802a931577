package deadletter

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

func TestMain(m *testing.M) { bustest.Main(m) }

// TestStores: stored once however often it is sent, and given back when the
// office closes before.
func TestStores(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		o := New(b.Conn("collector"), bustest.Log(t))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { o.Run(ctx); close(ended) }()
		done := make(chan error, 1)
		l := Letter{Team: "demo", ID: "dlq/ingest/7", Reason: "value:\nmissing", Body: []byte("{}"), Subject: "metrics.custom.demo.x", Time: time.Now(), Sequence: 7, Stream: "INGEST"}
		for range 3 {
			if err := o.Send(t.Context(), l, func(err error) { done <- err }); err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		admin := b.Conn("admin").JetStream()
		stream, err := admin.Stream(t.Context(), bus.DeadLetters.Name)
		if err != nil {
			t.Fatal(err)
		}
		if n := stream.CachedInfo().State.Msgs; n != 1 {
			t.Errorf("%d letters, want 1", n)
		}
		m := bustest.WantEvent[[]byte](t, b, bus.DeadLetters, "dlq.ingest.demo")
		if m.Header.Get(bus.HeaderReason) != "value: missing" || m.Header.Get(bus.HeaderSequence) != "7" {
			t.Errorf("headers %v", m.Header)
		}

		if err := admin.DeleteStream(t.Context(), bus.DeadLetters.Name); err != nil {
			t.Fatal(err)
		}
		results := make(chan error, 2*clerks)
		for range 2 * clerks { // more than are under way at a time
			if err := o.Send(t.Context(), l, func(err error) { results <- err }); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		if len(results) != 0 {
			t.Error("a letter was done without being stored")
		}
		cancel()
		<-ended
		for range 2 * clerks {
			if err := <-results; err == nil {
				t.Error("want an error")
			} else if !errors.Is(err, ErrStopped) && !strings.Contains(err.Error(), "store the dead letter") {
				t.Error(err)
			}
		}
	})
}

func TestOneLine(t *testing.T) {
	t.Parallel()
	got := oneLine("a\r\nb" + strings.Repeat("ü", 600))
	if strings.ContainsAny(got, "\r\n") || len(got) > 1010 || !utf8.ValidString(got) {
		t.Errorf("%q", got)
	}
}
