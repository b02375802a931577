package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

var (
	latencyP50  = figure{"quiet: NATS ack → message in the workspace, p50", "ms", "", false}
	latencyP99  = figure{"quiet: NATS ack → message in the workspace, p99", "ms", "≤ 500 ms", false}
	quietP50    = figure{"quiet: sample sent → incident stored, p50", "ms", "", false}
	quietP99    = figure{"quiet: sample sent → incident stored, p99", "ms", "", false}
	quietAckP99 = figure{"quiet: sample sent → NATS ack, p99", "ms", "", false}
	quietLost   = figure{"quiet: probes without a message", "", "0", false}
)

// workspaceChannels are those that the sandbox has; a probe uses them in turn,
// because a workspace takes one message a second in each.
var workspaceChannels = []string{"#ops", "#cost", "#general"}

// latency has one series after the other breach in a quiet system, and looks
// when the workspace shows it. There is no picture to wait for: text comes first.
func latency(ctx context.Context, o options, t *table) error {
	o.series, o.rules, o.batch = o.probes, len(workspaceChannels), 1
	var systems []starter
	for _, v := range []variant{durable, relaxed} {
		systems = append(systems, starter{v.name, func(ctx context.Context, o options, dir string, w *workload) (*system, error) {
			return startParley(ctx, o, dir, w, v, policyPerChannel())
		}})
	}
	return each(ctx, o, t, "latency", systems, func(ctx context.Context, s *system) error {
		s.gen.rounds(ctx, time.Second, 2) // every series is known, and below
		wait(ctx, time.Second)
		s.gen.takeAcks()
		series := s.w.planBreach(o.probes, time.Now(), 0)
		for i := range o.probes {
			series[i] = i
			values := make([]float64, 1)
			// A little more than a second for each channel, at no fixed phase.
			wait(ctx, time.Second/time.Duration(len(workspaceChannels))+time.Duration(i*37%100)*time.Millisecond)
			s.gen.one(ctx, nil, i, values)
		}
		s.await(ctx, o.grace, series)
		sent, missing := s.delivered.since(s.gen.answer, series)
		t.add(latencyP50, s.name, quantile(sent, 0.5))
		t.add(latencyP99, s.name, quantile(sent, 0.99))
		stored, _ := s.stored.since(s.gen.sent, series)
		t.add(quietP50, s.name, quantile(stored, 0.5))
		t.add(quietP99, s.name, quantile(stored, 0.99))
		t.add(quietAckP99, s.name, quantile(s.gen.takeAcks(), 0.99))
		t.add(quietLost, s.name, float64(missing))
		return nil
	})
}

// policyPerChannel is one policy for each channel of the workspace.
func policyPerChannel() string {
	var b strings.Builder
	b.WriteString("policies:\n")
	for i, channel := range workspaceChannels {
		_, one, _ := strings.Cut(policyFile(i+1, channel), fmt.Sprintf("  - name: high-%04d\n", i))
		fmt.Fprintf(&b, "  - name: quiet-%d\n%s", i, one)
	}
	return b.String()
}
