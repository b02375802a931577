package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// send delivers a batch and returns when the system has acknowledged it. It is
// called from several goroutines, but a series always comes from the same one.
type send func(ctx context.Context, b batch) error

// generator sends the workload's samples and notes when the first breaching
// sample of each series was handed over, and when that was acknowledged.
type generator struct {
	w       *workload
	send    send
	size    int // samples in a batch
	senders int

	acked        atomic.Int64 // samples
	failed       atomic.Int64 // batches
	sent, answer []atomic.Int64
	last         []int64   // per batch: time of its newest sample
	at           time.Time // what the samples' time is; zero: now

	mu    sync.Mutex
	ackMs []float64
	why   error
}

func newGenerator(w *workload, size, senders int, s send) *generator {
	return &generator{w: w, send: s, size: size, senders: senders,
		sent: make([]atomic.Int64, w.series), answer: make([]atomic.Int64, w.series),
		last: make([]int64, (w.series+size-1)/size)}
}

// run sends until ctx ends: one sample per series each step, the batches
// spread evenly over it; step 0 sends as fast as acknowledged. Batch k belongs
// to sender k mod senders, so each series stays in order.
func (g *generator) run(ctx context.Context, step time.Duration) {
	g.rounds(ctx, step, 0)
}

// rounds is run that stops after n samples per series (0: never).
func (g *generator) rounds(ctx context.Context, step time.Duration, n int) {
	start := time.Now()
	var wg sync.WaitGroup
	for s := range min(g.senders, len(g.last)) {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(g.w.seed, uint64(s)+100))
			values := make([]float64, g.size)
			for round := 0; n == 0 || round < n; round++ {
				for k := s; k < len(g.last); k += g.senders {
					if step > 0 {
						due := start.Add(time.Duration(round)*step + step*time.Duration(k)/time.Duration(len(g.last)))
						wait(ctx, time.Until(due))
					}
					if ctx.Err() != nil {
						return
					}
					g.one(ctx, r, k, values)
				}
			}
		})
	}
	wg.Wait()
}

// one sends batch k.
func (g *generator) one(ctx context.Context, r *rand.Rand, k int, values []float64) {
	// At most one sample per series and millisecond.
	wait(ctx, time.Until(time.UnixMilli(g.last[k]+1)))
	now := time.Now()
	if !g.at.IsZero() {
		now = g.at
	}
	g.last[k] = now.UnixMilli()
	first := k * g.size
	n := min(g.size, g.w.series-first)
	var newly []int
	for j := range n {
		v, breaches := g.w.value(r, first+j, now)
		values[j] = v
		if breaches && g.sent[first+j].Load() == 0 {
			newly = append(newly, first+j)
		}
	}
	begin := time.Now()
	for _, i := range newly {
		g.sent[i].Store(begin.UnixNano())
	}
	err := g.send(ctx, batch{first: first, values: values[:n], timeMs: now.UnixMilli()})
	end := time.Now()
	if err != nil {
		for _, i := range newly {
			g.sent[i].Store(0) // not taken: the next sample counts
		}
		if ctx.Err() == nil {
			g.failed.Add(1)
			g.mu.Lock()
			g.why = err
			g.mu.Unlock()
		}
		return
	}
	for _, i := range newly {
		g.answer[i].Store(end.UnixNano())
	}
	g.acked.Add(int64(n))
	g.mu.Lock()
	g.ackMs = append(g.ackMs, end.Sub(begin).Seconds()*1000)
	g.mu.Unlock()
}

// takeAcks returns the times to acknowledgement in ms since it was last asked.
func (g *generator) takeAcks() []float64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	acks := g.ackMs
	g.ackMs = nil
	return acks
}

// wait returns after d or when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
