package collector

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/archive"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/service"
)

func TestMain(m *testing.M) { bustest.Main(m) }

// start runs the collector on b until the test ends, or until the returned
// function is called.
func start(t *testing.T, b *bustest.Bus, change func(*Config)) (stop func()) {
	t.Helper()
	s := Service()
	cfg := s.Config().(*Config)
	cfg.Listen, cfg.Sources = "", nil // no sockets in a bubble, and nothing but what the test sends
	if change != nil {
		change(cfg)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- service.Run(ctx, []string{"--health-listen="}, service.Output{Stdout: io.Discard, Stderr: t.Output()}, shared{b.Transport()}, s)
	}()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("collector: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// shared is a transport that belongs to the test: services do not close it.
type partitionEntry = eventv1.PartitionEntry

type shared struct{ bus.Transport }

func (shared) Config() any  { return &struct{}{} }
func (shared) Close() error { return nil }

func (shared) Open(context.Context, *slog.Logger) error { return nil }

func TestOneSample(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		start(t, b, nil)
		team := b.Team()
		sent := time.Now()
		if err := team.Publish("metrics.test", []byte(`{"name":"orders.pending","labels":{"service":"checkout"},"value":12}`)); err != nil {
			t.Fatal(err)
		}
		m := bustest.WantEvent[*eventv1.PartitionEntry](t, b, bus.SamplesLog, "samples.v1.*.batch")
		if d := m.Stored.Sub(sent); d > 5*time.Millisecond {
			t.Errorf("stored %s after it was sent, want at once", d)
		}
		t.Log(m.Event, m.Subject, m.Header)
	})
}

// What the collector takes in is in the archive when it has stopped.
func TestArchive(t *testing.T) {
	t.Parallel()
	place := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		stop := start(t, b, func(c *Config) { c.Archive.Place = place })
		if err := b.Team().Publish("metrics.test", []byte(`{"name":"orders.pending","value":12}`)); err != nil {
			t.Fatal(err)
		}
		bustest.WantEvent[*eventv1.PartitionEntry](t, b, bus.SamplesLog, "samples.v1.*.batch")
		stop()
	})
	a, err := archive.Open(t.Context(), archive.NewDir(place))
	if err != nil {
		t.Fatal(err)
	}
	var values []float64
	gaps, err := a.History(t.Context(), nil, time.Time{}, func(e archive.Entry, _ uint64) error {
		values = append(values, e.Event.GetSamples().GetValue()...)
		return nil
	})
	if err != nil || len(gaps) > 0 || len(values) != 1 || values[0] != 12 {
		t.Errorf("%v, %v, %v", values, gaps, err)
	}
}
