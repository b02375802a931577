package main

import (
	"bufio"
	"bytes"
	"context"
	"math"
	"strconv"
	"time"
)

var (
	sizeBytes    = figure{"size: evaluator, RSS bytes per series, no history", "B", "≤ 600 B", true}
	sizeHeap     = figure{"size: evaluator, live heap bytes per series, no history", "B", "", false}
	historyBytes = figure{"size: evaluator, RSS bytes per series with 360 points", "B", "≤ 1,500 B", false}
	historyHeap  = figure{"size: evaluator, live heap bytes per series with 360 points", "B", "", false}
	sizeSmall    = figure{"size: RSS of all processes at 10 k series", "MiB", "≤ 150 MiB", true}
	sizeLarge    = figure{"size: RSS of all processes at 110 k series", "MiB", "", true}
)

const (
	smallSeries = 10_000
	largeSeries = 100_000
	points      = 360
)

// size measures what a series costs: 10 k series of three samples each, 10 k
// more with 360 points each over the last hour, 100 k more with three.
func size(ctx context.Context, o options, t *table) error {
	o.series = smallSeries
	systems := append(peers(o), ours(relaxed))
	return each(ctx, o, t, "size", systems, func(ctx context.Context, s *system) error {
		base := s.footprint(ctx)
		if err := s.grow(ctx, o, 0, smallSeries, 3, time.Second); err != nil {
			return err
		}
		small := s.footprint(ctx)
		t.add(sizeSmall, s.name, small.all)
		history := small
		if s.stored != nil {
			if err := s.grow(ctx, o, smallSeries, smallSeries, points, 9*time.Second); err != nil {
				return err
			}
			history = s.footprint(ctx)
			t.add(historyBytes, s.name, (history.rss-small.rss)*mib/smallSeries)
			t.add(historyHeap, s.name, (history.heap-small.heap)/smallSeries)
		}
		if err := s.grow(ctx, o, 2*smallSeries, largeSeries, 3, time.Second); err != nil {
			return err
		}
		large := s.footprint(ctx)
		t.add(sizeLarge, s.name, large.all)
		t.add(sizeBytes, s.name, (large.rss-history.rss)*mib/largeSeries)
		if s.stored != nil {
			t.add(sizeHeap, s.name, (large.heap-history.heap)/largeSeries)
			t.note("size, %s: evaluator RSS %s → %s → %s → %s MiB, live heap %s → %s → %s → %s MiB (none, 10 k, + 10 k with history, + 100 k)", s.name,
				short(base.rss), short(small.rss), short(history.rss), short(large.rss),
				short(base.heap/mib), short(small.heap/mib), short(history.heap/mib), short(large.heap/mib))
			by, _ := s.rss()
			t.note("size, %s: MiB at the end of %s", s.name, parts(by, 1))
		}
		return nil
	})
}

const mib = 1 << 20

// grow sends n samples of each of count further series, as if one had come
// every `step` until now, and waits until they are evaluated.
func (s *system) grow(ctx context.Context, o options, offset, count, n int, step time.Duration) error {
	w := newWorkload(count, o.rules, o.seed)
	w.rename(offset)
	g := newGenerator(w, o.batch, o.senders, s.feed(w))
	for r := range n {
		g.at = time.Now().Add(-time.Duration(n-r) * step)
		g.rounds(ctx, 0, 1)
	}
	if g.failed.Load() > 0 {
		return g.why
	}
	if s.settle != nil {
		return s.settle(ctx)
	}
	return nil
}

// footprint is memory after things have calmed down.
type footprint struct {
	rss  float64 // MiB of the process that holds the series
	heap float64 // bytes; least seen, which is just after a collection
	all  float64 // MiB of all processes
}

func (s *system) footprint(ctx context.Context) footprint {
	f := footprint{heap: math.NaN()}
	holder := s.procs[0]
	for _, p := range s.procs {
		if p.name == "evaluator" {
			holder = p
		}
	}
	for end := time.Now().Add(6 * time.Second); time.Now().Before(end) && ctx.Err() == nil; wait(ctx, 200*time.Millisecond) {
		if url := s.health[holder.name]; url != "" {
			if body, err := get(ctx, url+"/metrics"); err == nil {
				f.heap = least(f.heap, gauge(body, "go_memstats_heap_alloc_bytes"))
			}
		}
	}
	f.rss = rssMiB(holder.pid())
	_, f.all = s.rss()
	return f
}

func least(a, b float64) float64 {
	if math.IsNaN(a) {
		return b
	}
	return min(a, b)
}

// gauge reads one metric without labels from Prometheus' text; NaN if it is
// not there.
func gauge(text []byte, name string) float64 {
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if rest, ok := bytes.CutPrefix(lines.Bytes(), []byte(name+" ")); ok {
			if v, err := strconv.ParseFloat(string(bytes.TrimSpace(rest)), 64); err == nil {
				return v
			}
		}
	}
	return math.NaN()
}
