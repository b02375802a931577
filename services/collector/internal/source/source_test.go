package source_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/collector/internal/source/sourcetest"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

// flaky fails, panics, and then works.
type flaky struct{ runs []time.Time }

func (f *flaky) Run(ctx context.Context, _ source.Sink) error {
	f.runs = append(f.runs, time.Now())
	switch len(f.runs) {
	case 1:
		return errors.New("not yet")
	case 2:
		panic("a bug")
	}
	<-ctx.Done()
	return nil
}

func TestSupervise(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		f := &flaky{}
		source.Supervise(ctx, bustest.Log(t), f, &sourcetest.Sink{})
		if len(f.runs) != 3 {
			t.Fatalf("it ran %d times, want 3", len(f.runs))
		}
		first, second := f.runs[1].Sub(f.runs[0]), f.runs[2].Sub(f.runs[1])
		if first < 500*time.Millisecond || first > time.Second || second < time.Second || second > 2*time.Second {
			t.Errorf("pauses of %s and %s, want up to 1s and up to 2s", first, second)
		}
	})
}
