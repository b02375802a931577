package fleet

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// batch is a worker with nothing to do.
type batch struct {
	noise   *rand.Rand
	stopped bool
}

func newBatch(noise *rand.Rand) *batch { return &batch{noise: noise} }

func (b *batch) about() about {
	return about{
		name: "batch", kind: "service", every: 10 * time.Second, format: jsonFormat,
		operations: []string{"stop", "start", "restart"},
	}
}

func (b *batch) step(time.Duration) {}

func (b *batch) samples() []Sample {
	if b.stopped {
		return nil
	}
	labels := map[string]string{"service": "batch", "instance": "batch-1", "env": "prod"}
	return []Sample{
		{Name: "cpu.used_percent", Labels: labels, Value: round(math.Max(0.2, 1.1+0.4*b.noise.NormFloat64()), 2)},
		{Name: "memory.used_percent", Labels: labels, Value: round(11+0.1*b.noise.NormFloat64(), 2)},
		{Name: "jobs.running", Labels: labels, Value: 0},
	}
}

func (b *batch) do(op string) error {
	b.stopped = op == "stop"
	return nil
}

func (b *batch) state() map[string]any { return map[string]any{"running": !b.stopped, "jobs": 0} }

func (b *batch) set(values map[string]any) error {
	for key := range values {
		return fmt.Errorf("batch has no switch %s: %w", key, ErrUnknown)
	}
	return nil
}
