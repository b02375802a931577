package collector

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/deadletter"
	"github.com/parley-ops/parley/services/collector/internal/ingest"
	"github.com/parley-ops/parley/services/collector/internal/series"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

// TestAckOnlyAfterStore: while the log cannot be written nothing is acked, and
// nothing is lost when it can be again.
func TestAckOnlyAfterStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		admin := b.Conn("admin")
		if err := admin.JetStream().DeleteStream(t.Context(), bus.SamplesLog.Name); err != nil {
			t.Fatal(err)
		}
		start(t, b, nil)
		team := b.Team()
		want := map[string]int{}
		for i := range 100 {
			name := fmt.Sprintf("m%d", i)
			want[name] = 1
			if err := team.Publish("metrics.x", fmt.Appendf(nil, `[{"name":%q,"value":1,"labels":{"n":"%d"}},{"name":"bad"}]`, name, i)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(20 * time.Second)
		if pending, _ := unacked(t, b); pending != 100 {
			t.Errorf("%d inputs wait to be acked while the log is away, want 100", pending)
		}
		bustest.WantEvents[[]byte](t, b, bus.DeadLetters, "dlq.ingest.demo", 100)
		if err := bus.Setup(t.Context(), admin, bus.SetupOptions{Memory: true}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		wantSamples(t, b, want)
		wantAcked(t, b)
	})
}

// TestKilled: a collector that is gone between the publish and the ack loses
// nothing: the inputs come again, to another one.
func TestKilled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		first := b.Conn("collector")
		team := b.Team()
		want := map[string]int{}
		for i := range 10 {
			name := fmt.Sprintf("m%d", i)
			want[name] = 2 // readers know them by series and time
			if err := team.Publish("metrics.x", fmt.Appendf(nil, `{"name":%q,"value":1}`, name)); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(context.Background())
		cache := series.NewCache(100)
		in := &intake{met: newMetrics(nil), letters: deadletter.New(first, bustest.Log(t)),
			reader: func() *ingest.Reader {
				return ingest.NewReader(cache, ingest.Limits{Past: time.Hour, Future: time.Hour})
			}}
		stored := 0
		in.batches = batch.New(batch.Config{Bus: first, Log: bustest.Log(t), Name: "first/1", Linger: time.Second, MaxBytes: maxHeld,
			Observe: func(n int) { // stored, not yet acked: the process dies here
				stored += n
				first.NATS().Close()
			}})
		ended := make(chan struct{})
		go func() { in.batches.Run(ctx); close(ended) }()
		consumed := make(chan struct{})
		go func() { _ = in.consume(ctx, first); close(consumed) }()
		time.Sleep(time.Second)
		cancel()
		<-ended
		<-consumed
		if stored == 0 {
			t.Fatal("the first collector stored nothing")
		}
		if pending, waiting := unacked(t, b); pending+int(waiting) != 10 {
			t.Errorf("%d+%d inputs are left, want 10", pending, waiting)
		}
		start(t, b, nil)
		time.Sleep(2 * time.Minute)
		wantAcked(t, b)
		got, _ := samples(t, b)
		for name := range want {
			if got[name] < 1 || got[name] > 2 {
				t.Errorf("%d samples of %s, want one, or two", got[name], name)
			}
		}
	})
}

// TestStop: what was delivered when the collector stops is stored and acked.
func TestStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		stop := start(t, b, func(c *Config) { c.Linger = 5 * time.Second })
		team := b.Team()
		total := 0
		for range 20 {
			for range 100 {
				if err := team.Publish("metrics.x", fmt.Appendf(nil, `{"name":"m","value":1,"labels":{"n":"%d"}}`, total%97)); err != nil {
					t.Fatal(err)
				}
				total++
			}
			time.Sleep(10 * time.Millisecond)
		}
		stop()
		got, _ := samples(t, b)
		if pending, waiting := unacked(t, b); pending != 0 || got["m"]+int(waiting) != total {
			t.Errorf("stored %d, not acked %d, not delivered %d; want %d in all and none delivered and not acked", got["m"], pending, waiting, total)
		}
	})
}

// TestBusy: much input makes few messages, and no sample waits longer than the
// linger for them.
func TestBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		start(t, b, nil)
		team := b.Team()
		const seconds, perMS = 3, 10
		n := 0
		for range seconds * 1000 { // 10,000 a second in 200 series
			for range perMS {
				if err := team.Publish("metrics.x", fmt.Appendf(nil, `{"name":"m","value":1,"labels":{"n":"%d"}}`, n%200)); err != nil {
					t.Fatal(err)
				}
				n++
			}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		got, messages := samples(t, b)
		if got["m"] != n {
			t.Errorf("%d samples, want %d", got["m"], n)
		}
		// A round at once and one per 100 ms, and one more at the end.
		if most := bus.Partitions * (1 + seconds*10 + 2); messages > most {
			t.Errorf("%d samples took %d messages, want at most %d", n, messages, most)
		}
		for _, m := range bustest.WantEvents[*partitionEntry](t, b, bus.SamplesLog, "samples.v1.*.batch", messages) {
			s := m.Event.GetSamples()
			for _, d := range s.GetTimeDeltaMs() { // no ts: the time of storage of the input
				if late := m.Stored.Sub(time.UnixMilli(s.GetBaseUnixMs() + d)); late > 105*time.Millisecond {
					t.Fatalf("a sample waited for %s", late)
				}
			}
		}
	})
}
