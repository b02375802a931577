package sourcetest

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/batch"
	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/label"
)

// Sink is a sink that keeps what it gets. Refuse is how many calls fail first.
type Sink struct {
	Refuse int

	mu    sync.Mutex
	calls int
	got   []batch.Sample
	news  chan struct{}
}

// Store keeps the samples, or refuses.
func (s *Sink) Store(_ context.Context, samples []batch.Sample) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.calls <= s.Refuse {
		return errors.New("refused by the test")
	}
	s.got = append(s.got, samples...)
	if s.news != nil {
		close(s.news)
		s.news = nil
	}
	return nil
}

// Wait returns what was stored, once there is something or within passed.
func (s *Sink) Wait(within time.Duration) []batch.Sample {
	s.mu.Lock()
	if len(s.got) > 0 {
		defer s.mu.Unlock()
		return s.got
	}
	news := make(chan struct{})
	s.news = news
	s.mu.Unlock()
	select {
	case <-news:
	case <-time.After(within):
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got
}

// Run checks a kind of source. m is fresh; within is how long its first samples
// may take, the refused round included. Call it in a bubble if the source
// waits for long.
func Run(t *testing.T, m source.Maker, within time.Duration) {
	t.Helper()
	sink := &Sink{Refuse: 1}
	RunWith(t, m, within, source.Deps{Log: bustest.Log(t)}, sink, sink.Wait)
}

// RunWith is Run for a source that needs more than a log, or whose samples get
// to the log by themselves: got returns them, after waiting at most that long.
func RunWith(t *testing.T, m source.Maker, within time.Duration, deps source.Deps, sink source.Sink, samples func(within time.Duration) []batch.Sample) {
	t.Helper()
	if m.Config() == nil {
		t.Error("Config is nil: there is nothing to fill")
	}
	s, err := m.New(deps)
	if err != nil {
		t.Fatalf("New with its defaults: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, sink) }()
	got := samples(within)
	if len(got) == 0 {
		t.Errorf("no samples within %s", within)
	}
	for _, x := range got {
		if err := x.Series.Check(); err != nil {
			t.Errorf("%s%s: %v", x.Series.Name, x.Series.Labels, err)
		}
		if x.Series.Labels.Get(label.Team) == "" {
			t.Errorf("%s%s has no team", x.Series.Name, x.Series.Labels)
		}
		if math.IsNaN(x.Value) || math.IsInf(x.Value, 0) {
			t.Errorf("%s%s is %v", x.Series.Name, x.Series.Labels, x.Value)
		}
		if d := time.Since(time.UnixMilli(x.UnixMS)).Abs(); d > within+time.Minute {
			t.Errorf("%s%s is %s off", x.Series.Name, x.Series.Labels, d)
		}
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Run, stopped: %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("Run does not end with its context")
	}
	// Stopped before it began.
	if s, err = m.New(deps); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(ctx, sink); err != nil {
		t.Errorf("Run, stopped before it began: %v", err)
	}
}
