package batch

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/collector/internal/series"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/label"
)

func TestMain(m *testing.M) { bustest.Main(m) }

func testSeries(name, n string) *series.Series {
	return series.New(name, label.New(label.Label{Name: "n", Value: n}, label.Label{Name: "team", Value: "demo"}), "", 0)
}

// run runs a batcher until the test's end, or until stop is called.
func run(t *testing.T, b *Batcher) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { b.Run(ctx); close(ended) }()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

func config(t *testing.T, b *bustest.Bus) Config {
	return Config{Bus: b.Conn("collector"), Log: bustest.Log(t), Name: "test/1", Linger: 100 * time.Millisecond, MaxBytes: 64 << 20}
}

func stored(t *testing.T, b *bustest.Bus, n int) []*bus.Message[*eventv1.PartitionEntry] {
	t.Helper()
	return bustest.WantEvents[*eventv1.PartitionEntry](t, b, bus.SamplesLog, "samples.v1.*.batch", n)
}

// TestLimits: 2,000 samples and 256 KiB bound a batch, and the order is kept.
func TestLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		x := New(config(t, b))
		one := testSeries("one", "1")
		var samples []Sample
		for i := range 2*maxSamples + 201 {
			samples = append(samples, Sample{Series: one, UnixMS: int64(i), Value: float64(i)})
		}
		done := make(chan error, 1)
		if err := x.Add(t.Context(), samples, 0, func(err error) { done <- err }); err != nil {
			t.Fatal(err)
		}
		run(t, x)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		next := 0
		for i, m := range stored(t, b, 3) {
			s := m.Event.GetSamples()
			if want := []int{maxSamples, maxSamples, 201}[i]; len(s.GetValue()) != want {
				t.Errorf("batch %d has %d samples, want %d", i, len(s.GetValue()), want)
			}
			if want := fmt.Sprintf("test/1/%s/%d", one.Partition, i); m.Header.Get("Nats-Msg-Id") != want {
				t.Errorf("id %q, want %q", m.Header.Get("Nats-Msg-Id"), want)
			}
			if (len(s.GetDefs()) == 1) != (i == 0) {
				t.Errorf("batch %d has %d definitions", i, len(s.GetDefs()))
			}
			for j, v := range s.GetValue() {
				if v != float64(next) || s.GetBaseUnixMs()+s.GetTimeDeltaMs()[j] != int64(next) || s.GetSeriesId()[j] != one.ID {
					t.Fatalf("sample %d of batch %d is %v at %d", j, i, v, s.GetBaseUnixMs()+s.GetTimeDeltaMs()[j])
				}
				next++
			}
		}
	})
}

// TestDefinitions: a series is introduced again within ten minutes.
func TestDefinitions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		x := New(config(t, b))
		run(t, x)
		one := testSeries("one", "1")
		for range 120 { // two hours, a sample a minute
			if err := x.Add(t.Context(), []Sample{{Series: one, UnixMS: time.Now().UnixMilli(), Value: 1}}, 0, func(error) {}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		last, count := time.Time{}, 0
		for _, m := range stored(t, b, 120) {
			if len(m.Event.GetSamples().GetDefs()) > 0 {
				if !last.IsZero() && m.Stored.Sub(last) > 11*time.Minute {
					t.Errorf("introduced after %s", m.Stored.Sub(last))
				}
				last = m.Stored
				count++
			}
		}
		if count < 11 || count > 16 {
			t.Errorf("introduced %d times in two hours", count)
		}
	})
}

// TestARepeatIsStoredOnce: of a round of which the log has one message already,
// that one is not stored again.
func TestARepeatIsStoredOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		cfg := config(t, b)
		x := New(cfg)
		var samples []Sample
		partitions := map[bus.Partition]bool{}
		for i := 0; len(partitions) < bus.Partitions; i++ {
			s := testSeries("m", fmt.Sprint(i))
			partitions[s.Partition] = true
			samples = append(samples, Sample{Series: s, UnixMS: 1, Value: float64(i)})
		}
		already := samples[0].Series.Partition
		if _, err := bus.Publish(t.Context(), cfg.Bus, bus.Samples(already), "test/1/"+already.String()+"/0", &eventv1.PartitionEntry{}); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		if err := x.Add(t.Context(), samples, 0, func(err error) { done <- err }); err != nil {
			t.Fatal(err)
		}
		run(t, x)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		stored(t, b, bus.Partitions)
		stream, err := b.Conn("admin").JetStream().Stream(t.Context(), bus.SamplesLog.Name)
		if err != nil {
			t.Fatal(err)
		}
		if n := stream.CachedInfo().State.Msgs; n != bus.Partitions {
			t.Errorf("%d messages, want one a partition: no id twice", n)
		}
	})
}

// TestRoom: Add waits when too much is held, until something is stored, and no
// longer than its context.
func TestRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		cfg := config(t, b)
		cfg.MaxBytes = 1000
		x := New(cfg)
		s := testSeries("m", "1")
		done := make(chan error, 3)
		add := func(within time.Duration) error {
			ctx, cancel := context.WithTimeout(t.Context(), within)
			defer cancel()
			return x.Add(ctx, []Sample{{Series: s, UnixMS: 1, Value: 1}}, 700, func(err error) { done <- err })
		}
		if err := add(time.Second); err != nil {
			t.Fatal(err)
		}
		if err := add(time.Second); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("want a deadline exceeded, got %v", err)
		}
		waited := make(chan error, 1)
		go func() { waited <- add(time.Minute) }()
		time.Sleep(time.Second)
		run(t, x)
		if err := <-waited; err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		// One that alone is larger than the bound is taken when nothing else is held.
		if err := x.Add(t.Context(), []Sample{{Series: s, UnixMS: 1, Value: 1}}, 5000, func(err error) { done <- err }); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// TestStopped: what is not stored when the batcher ends is given back, once.
func TestStopped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		cfg := config(t, b)
		if err := b.Conn("admin").JetStream().DeleteStream(t.Context(), bus.SamplesLog.Name); err != nil {
			t.Fatal(err)
		}
		x := New(cfg)
		stop := run(t, x)
		results := make(chan error, 100)
		for round := range 3 {
			var samples []Sample
			for i := range 30 {
				samples = append(samples, Sample{Series: testSeries("m", fmt.Sprint(i)), UnixMS: int64(round), Value: 1})
			}
			if err := x.Add(t.Context(), samples, 0, func(err error) { results <- err }); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
		}
		stop()
		for range 3 {
			if err := <-results; !errors.Is(err, ErrStopped) {
				t.Errorf("want ErrStopped, got %v", err)
			}
		}
		if err := x.Add(t.Context(), []Sample{{Series: testSeries("m", "1"), UnixMS: 1, Value: 1}}, 0, func(error) { t.Error("done after an error") }); !errors.Is(err, ErrStopped) {
			t.Errorf("Add after the end: %v", err)
		}
		if len(results) != 0 {
			t.Errorf("%d inputs were told twice", len(results))
		}
	})
}

func TestPace(t *testing.T) {
	t.Parallel()
	at := time.Unix(0, 0)
	p := pace{linger: 100 * time.Millisecond}
	f := func(after time.Duration, oldest time.Duration, want time.Duration) {
		t.Helper()
		at = at.Add(after)
		if got := p.wait(at, at.Add(-oldest)); (got - want).Abs() > 10*time.Microsecond {
			t.Errorf("wait %s, want %s", got, want)
		}
	}
	f(0, 0, 0) // quiet: at once
	p.spend(at, allowance)
	f(0, 0, 0) // every partition once, at once
	p.spend(at, allowance)
	f(0, 0, 100*time.Millisecond)
	f(0, 30*time.Millisecond, 70*time.Millisecond) // the oldest has waited already
	f(0, time.Second, 0)
	f(50*time.Millisecond, 0, 50*time.Millisecond)
	p.spend(at, 10*allowance) // a debt is never more than one linger's
	f(0, 0, 100*time.Millisecond)
	f(time.Hour, 0, 0)
	p.spend(at, allowance+1)
	f(0, 0, 100*time.Millisecond/allowance) // few messages, little to wait
	at = at.Add(time.Hour)
	p = pace{}
	p.spend(at, 1000)
	f(0, 0, 0) // without a linger never
}
