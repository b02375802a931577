package wait

import (
	"cmp"
	"context"
	"math/rand/v2"
	"time"
)

// For waits for d, which may be zero or less, or until ctx ends, whose error
// it returns.
func For(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Pause is waiting between tries: each time twice as long as before, from
// First to Last, less up to a half by chance, so that many who fail together
// do not try again together. The zero value goes from 100 ms to 15 s.
type Pause struct {
	First, Last time.Duration
	n           int
}

// Wait waits, or returns the error of ctx when that ends.
func (p *Pause) Wait(ctx context.Context) error { return For(ctx, p.Next()) }

// Next returns how long Wait would wait now, for a caller that waits by other
// means; it counts as a wait.
func (p *Pause) Next() time.Duration {
	d := min(cmp.Or(p.First, 100*time.Millisecond)<<min(p.n, 16), cmp.Or(p.Last, 15*time.Second))
	p.n++
	return d/2 + rand.N(d/2+1)
}

// Attempt returns which try this is, counted from 1: one more than there were
// waits since the beginning or [Pause.Reset].
func (p *Pause) Attempt() int { return p.n + 1 }

// Reset begins again with First.
func (p *Pause) Reset() { p.n = 0 }
