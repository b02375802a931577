package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

var (
	learnedTime   = figure{"learned: evaluator alone, ns a sample", "ns", "≤ 1,000 ns", true}
	learnedBytes  = figure{"learned: evaluator alone, bytes a series, band full, no history", "B", "≤ 4,096 B", true}
	learnedRSS    = figure{"learned: two evaluators, RSS bytes a series", "B", "", true}
	takeoverTime  = figure{"learned: evaluator killed, until the other judges all partitions", "s", "", true}
	takeoverAfter = figure{"learned: of that, after the lease has expired", "s", "", true}
)

const (
	learnedSeries = 100_000
	// snapshotWait is by when every partition has a snapshot of what was sent.
	snapshotWait = 70 * time.Second
)

// learned measures 100,000 series that are judged by what was learned of each. The
// floor is the same with a threshold, in the same call.
func learned(ctx context.Context, o options, t *table) error {
	progressLine("learned: the evaluator alone")
	found, err := goBench(ctx, o, "./services/evaluator/internal/incident", "^BenchmarkFleet$", 1)
	if err != nil {
		return err
	}
	for _, b := range found {
		system := "parley"
		if strings.Contains(b.name, "threshold") {
			system = "floor"
		}
		t.add(learnedTime, system, b.values["ns/sample"])
		t.add(learnedBytes, system, b.values["B/series"])
	}
	o.series = learnedSeries
	systems := []starter{
		judging("floor", fmt.Sprintf("above: %g", threshold)),
		judging("parley", "above: baseline, tolerance: 50 sigma"),
	}
	return each(ctx, o, t, "learned", systems, func(ctx context.Context, s *system) error { return s.takeover(ctx, o, t) })
}

// judging is a chain with two evaluators and one policy on all series.
func judging(name, test string) starter {
	return starter{name, func(ctx context.Context, o options, dir string, w *workload) (*system, error) {
		v := relaxed
		v.name, v.evaluators = name, 2
		return startParley(ctx, o, dir, w, v, "policies:\n  - name: judged\n    severity: warning\n    when: {metric: "+metricName+", "+test+"}\n    channels: [\"#ops\"]\n")
	}}
}

// takeover sends an hour of samples, waits for snapshots, kills one evaluator, and
// measures until the other has all partitions and is not behind.
func (s *system) takeover(ctx context.Context, o options, t *table) error {
	before := s.evaluators()
	if err := s.grow(ctx, o, 0, learnedSeries, 6, 9*time.Minute); err != nil {
		return err
	}
	t.add(learnedRSS, s.name, (s.evaluators()-before)*mib/learnedSeries)
	progressLine("learned: %s: waiting for snapshots", s.name)
	wait(ctx, snapshotWait)
	victim := s.procs[0]
	for i, p := range s.procs {
		if p.name == "evaluator" {
			victim = p
			s.procs = append(s.procs[:i:i], s.procs[i+1:]...)
			break
		}
	}
	had, err := s.owned(ctx)
	if err != nil {
		return err
	}
	start := time.Now()
	if err := victim.cmd.Process.Kill(); err != nil {
		return fmt.Errorf("kill %s: %w", victim.name, err)
	}
	<-victim.done
	for {
		now, err := s.owned(ctx)
		if ctx.Err() != nil || time.Since(start) > time.Minute {
			return fmt.Errorf("not taken over within %s: partitions by evaluator %v, last error: %v", time.Since(start).Round(time.Second), now, err)
		}
		if err == nil && len(now) == 1 {
			break
		}
		wait(ctx, 20*time.Millisecond)
	}
	took := time.Since(start)
	t.add(takeoverTime, s.name, took.Seconds())
	t.add(takeoverAfter, s.name, max(0, took-bus.EvaluatorMembers.TTL).Seconds())
	t.note("learned, %s: partitions by evaluator before the kill %v; a lease expires after %s; snapshots of %s MiB in all", s.name, had, bus.EvaluatorMembers.TTL, short(s.snapshots()))
	return nil
}

// evaluators is the memory of all of them, in MiB.
func (s *system) evaluators() (all float64) {
	for _, p := range s.procs {
		if strings.HasPrefix(p.name, "evaluator") {
			all += rssMiB(p.pid())
		}
	}
	return all
}

// owned returns how many partitions each evaluator has; an error while some have no
// owner that answers and has applied all of its log.
func (s *system) owned(ctx context.Context) (map[string]int, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	answers, err := bus.QueryAll(ctx, s.operator, &eventv1.Query{Query: &eventv1.Query_Partition{Partition: &eventv1.PartitionQuery{}}})
	have, series := map[string]int{}, 0
	for _, a := range answers {
		have[a.GetStatus().GetOwner()]++
		series += int(a.GetStatus().GetSeries())
		if a.GetStatus().GetLagMessages() > 0 {
			err = fmt.Errorf("partition %d is behind", a.GetPartition())
		}
	}
	if err == nil && series < learnedSeries {
		err = fmt.Errorf("%d series of %d", series, learnedSeries)
	}
	return have, err
}

// snapshots is how much the evaluators' snapshots take on disk, in MiB.
func (s *system) snapshots() float64 {
	bytes := int64(0)
	_ = filepath.WalkDir(s.store, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() && (strings.Contains(path, "OBJ_eval_snap") || strings.Contains(path, "KV_eval_state")) {
			if info, err := e.Info(); err == nil {
				bytes += info.Size()
			}
		}
		return nil
	})
	return float64(bytes) / mib
}
