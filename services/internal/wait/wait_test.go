package wait_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/internal/wait"
)

func TestFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if err := wait.For(t.Context(), time.Hour); err != nil || time.Since(start) != time.Hour {
			t.Errorf("got %v after %s", err, time.Since(start))
		}
		if err := wait.For(t.Context(), -time.Hour); err != nil || time.Since(start) != time.Hour {
			t.Errorf("got %v after %s", err, time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := wait.For(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Hour+time.Minute {
			t.Errorf("got %v after %s", err, time.Since(start))
		}
	})
}

func TestPauseGrowsAndNeverEnds(t *testing.T) {
	t.Parallel()
	f := func(t *testing.T, p wait.Pause, longest ...time.Duration) {
		t.Helper()
		for n, want := range longest {
			start := time.Now()
			if p.Attempt() != n+1 {
				t.Errorf("attempt %d is counted as %d", n+1, p.Attempt())
			}
			if err := p.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := time.Since(start); got < want/2 || got > want {
				t.Errorf("wait %d: got %s, want %s to %s", n+1, got, want/2, want)
			}
		}
	}
	synctest.Test(t, func(t *testing.T) {
		f(t, wait.Pause{}, 100*time.Millisecond, 200*time.Millisecond, 400*time.Millisecond)
		f(t, wait.Pause{First: time.Second, Last: 3 * time.Second}, time.Second, 2*time.Second, 3*time.Second, 3*time.Second)
		var long wait.Pause
		for range 200 {
			_ = long.Wait(t.Context())
		}
		start := time.Now()
		_ = long.Wait(t.Context())
		if got := time.Since(start); got < 15*time.Second/2 || got > 15*time.Second {
			t.Errorf("after 200 waits: %s", got)
		}
		long.Reset()
		f(t, long, 100*time.Millisecond)
	})
}
