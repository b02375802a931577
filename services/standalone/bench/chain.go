package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// starter makes a system ready to be loaded.
type starter struct {
	name  string
	start func(ctx context.Context, o options, dir string, w *workload) (*system, error)
}

func ours(v variant) starter {
	return starter{v.name, func(ctx context.Context, o options, dir string, w *workload) (*system, error) {
		return startParley(ctx, o, dir, w, v, policyFile(w.rules, "#ops"))
	}}
}

// peers returns those that were built, and says which were not.
func peers(o options) []starter {
	var have []starter
	if o.has("prometheus") {
		have = append(have, starter{"prometheus", func(ctx context.Context, o options, dir string, w *workload) (*system, error) {
			return startPrometheus(ctx, o, dir, w, o.every)
		}})
	} else {
		progressLine("left out: Prometheus (no binary in %s)", o.bin)
	}
	if o.has("peerload") {
		have = append(have, starter{"floor", startFloor})
	} else {
		progressLine("left out: the reference floor (peerload)")
	}
	return have
}

// each runs f on every system in turn, each on fresh data.
func each(ctx context.Context, o options, t *table, what string, systems []starter, f func(ctx context.Context, s *system) error) error {
	var errs []error
	for _, st := range systems {
		if ctx.Err() != nil || (o.only != "" && o.only != st.name) {
			continue
		}
		progressLine("%s: %s", what, st.name)
		t.add(diskSync, st.name, syncedWrite(o.temp))
		if err := one(ctx, o, st, f); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", st.name, err))
			progressLine("%s: %s failed", what, st.name)
		}
	}
	return errors.Join(errs...)
}

func one(ctx context.Context, o options, st starter, f func(ctx context.Context, s *system) error) error {
	dir, err := os.MkdirTemp(o.temp, "system-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	s, err := st.start(ctx, o, dir, newWorkload(o.series, o.rules, o.seed))
	if s != nil {
		defer s.close()
	}
	if err == nil {
		err = f(ctx, s)
	}
	if err == nil {
		err = s.alive()
	}
	if err == nil && s.gen.failed.Load() > 0 {
		err = fmt.Errorf("%d batches were refused, the last: %w", s.gen.failed.Load(), s.gen.why)
	}
	return err
}

var (
	idleCPU       = figure{"idle, no samples at all: CPU-ms a second", "", "", true}
	cpuPerMillion = figure{"steady: CPU-s per M samples", "", "≤ 1/3 of Prometheus (later 1/6)", true}
	perCPU        = figure{"steady: samples per CPU-second", "", "", true}
	steadyAck     = figure{"steady: acknowledged, p99", "ms", "", true}
	chainRSS      = figure{"steady: RSS of the chain", "MiB", "≤ 150 MiB", true}
	storedP50     = figure{"breach → stored incident, p50", "ms", "", true}
	storedP99     = figure{"breach → stored incident, p99", "ms", "≤ 250 ms (default sync 50 ms)", true}
	alertP50      = figure{"breach → people, p50", "ms", "", true}
	alertP99      = figure{"breach → people, p99", "ms", "", true}
	alertMissing  = figure{"breaches that did not reach people", "", "", false}
	incidentCPU   = figure{"CPU-ms per breach, picture included", "", "", true}
	burstRate     = figure{"as fast as acknowledged: samples/s evaluated", "", "", true}
	burstCPU      = figure{"as fast as acknowledged: CPU-s per M samples", "", "≤ 1/3 of Prometheus (later 1/5)", true}
	burstAck      = figure{"as fast as acknowledged: acknowledged, p99", "ms", "", true}
	notEvaluated  = figure{"samples acknowledged and not evaluated, of all", "", "0", false}
	diskSync      = figure{"one synced write of 16 KiB just before", "ms", "", false}
	otherCores    = figure{"cores taken by others meanwhile", "", "", false}
)

// chain measures the steady load, breaches in it, and the load as fast as it
// is acknowledged.
func chain(ctx context.Context, o options, t *table) error {
	systems := append(peers(o), ours(durable), ours(relaxed), ours(asJSON))
	return each(ctx, o, t, "chain", systems, func(ctx context.Context, s *system) error {
		wait(ctx, time.Second)
		idle := s.during(o.idle, ctx)
		t.add(idleCPU, s.name, idle.total/idle.seconds*1000)
		if len(idle.cpu) > 1 {
			t.note("%s, idle: CPU-ms a second of %s", s.name, parts(idle.cpu, 1000/idle.seconds))
		}
		loading, stop := context.WithCancel(ctx)
		var load sync.WaitGroup
		load.Go(func() { s.gen.run(loading, time.Second) })
		defer load.Wait()
		defer stop()
		wait(ctx, o.warm)
		calm := s.during(o.steady, ctx)
		steadyFigures(t, s, calm)

		before := s.use(s.gen.acked.Load())
		chosen := s.w.planBreach(o.breaches, time.Now().Add(200*time.Millisecond), o.window)
		wait(ctx, o.window+200*time.Millisecond)
		s.await(ctx, o.grace, chosen)
		after := before.until(s.use(s.gen.acked.Load()), s.outside)
		breachFigures(t, s, chosen, after, calm)

		stop()
		load.Wait()
		return s.burst(ctx, o, t)
	})
}

// during measures d of what is going on.
func (s *system) during(d time.Duration, ctx context.Context) spent {
	s.gen.takeAcks()
	before := s.use(s.gen.acked.Load())
	wait(ctx, d)
	return before.until(s.use(s.gen.acked.Load()), s.outside)
}

// await waits until all that breached was heard of.
func (s *system) await(ctx context.Context, most time.Duration, series []int) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for ctx.Err() == nil {
		_, unknown := s.people(s.gen.sent, series)
		if unknown == 0 && (s.stored == nil || s.stored.all(series)) {
			return
		}
		wait(ctx, 20*time.Millisecond)
	}
}

func steadyFigures(t *table, s *system, sp spent) {
	millions := sp.samples / 1e6
	t.add(cpuPerMillion, s.name, sp.total/millions)
	t.add(perCPU, s.name, sp.samples/sp.total)
	t.add(steadyAck, s.name, quantile(s.gen.takeAcks(), 0.99))
	by, total := s.rss()
	t.add(chainRSS, s.name, total)
	t.add(otherCores, s.name, sp.other)
	if len(sp.cpu) > 1 {
		t.note("%s, steady: CPU-s per M samples of %s; MiB of %s", s.name, parts(sp.cpu, 1/millions), parts(by, 1))
	}
}

func breachFigures(t *table, s *system, chosen []int, sp, calm spent) {
	alerts, missing := s.people(s.gen.sent, chosen)
	if s.stored != nil {
		stored, lost := s.stored.since(s.gen.sent, chosen)
		t.add(storedP50, s.name, quantile(stored, 0.5))
		t.add(storedP99, s.name, quantile(stored, 0.99))
		if lost > 0 {
			t.note("%s: %d of %d breaches gave no stored incident", s.name, lost, len(chosen))
		}
	} else {
		t.add(storedP50, s.name, quantile(alerts, 0.5))
		t.add(storedP99, s.name, quantile(alerts, 0.99))
	}
	t.add(alertP50, s.name, quantile(alerts, 0.5))
	t.add(alertP99, s.name, quantile(alerts, 0.99))
	t.add(alertMissing, s.name, float64(missing))
	extra := sp.total - calm.total*sp.seconds/calm.seconds
	t.add(incidentCPU, s.name, max(0, extra)/float64(len(chosen))*1000)
	came := s.traffic()
	t.note("%s: %d breaches in %.0f s gave %d messages or requests, %d edits, %d pictures", s.name, len(chosen), sp.seconds, came.messages, came.edits, came.pictures)
}

// burst sends as fast as acknowledged, and counts until all of it is evaluated.
func (s *system) burst(ctx context.Context, o options, t *table) error {
	if s.settle != nil {
		if err := s.settle(ctx); err != nil {
			return err
		}
	}
	s.gen.takeAcks()
	before := s.use(s.gen.acked.Load())
	bursting, stop := context.WithTimeout(ctx, o.burst)
	defer stop()
	s.gen.run(bursting, 0)
	acked := time.Since(before.at)
	if s.settle != nil {
		if err := s.settle(ctx); err != nil {
			return err
		}
	}
	sp := before.until(s.use(s.gen.acked.Load()), s.outside)
	t.add(burstRate, s.name, sp.samples/sp.seconds)
	t.add(burstCPU, s.name, sp.total/sp.samples*1e6)
	t.add(burstAck, s.name, quantile(s.gen.takeAcks(), 0.99))
	if s.evaluated != nil {
		t.add(notEvaluated, s.name, max(0, float64(s.gen.acked.Load())-s.evaluated(ctx)))
		t.note("%s, burst: %.0f k samples/s acknowledged for %.1f s, the rest evaluated %.1f s later; CPU-s per M samples of %s", s.name,
			sp.samples/acked.Seconds()/1000, acked.Seconds(), sp.seconds-acked.Seconds(), parts(sp.cpu, 1e6/sp.samples))
	}
	return nil
}

// parts returns "name 1.2, name 0.3", the largest first.
func parts(by map[string]float64, factor float64) string {
	names := slices.SortedFunc(maps.Keys(by), func(a, b string) int {
		switch {
		case by[a] > by[b]:
			return -1
		case by[a] < by[b]:
			return 1
		}
		return strings.Compare(a, b)
	})
	for i, n := range names {
		names[i] = n + " " + short(by[n]*factor)
	}
	return strings.Join(names, ", ")
}
