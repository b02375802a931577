package fleet

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// search has two instances; the disk of the second fills.
type search struct {
	opt   Options
	noise *rand.Rand

	age     time.Duration
	disk    [2]float64 // percent
	stopped bool
}

const (
	diskStart = 71.0
	diskClean = 38.0
)

func newSearch(opt Options, noise *rand.Rand) *search {
	return &search{opt: opt, noise: noise, disk: [2]float64{44, diskStart}}
}

func (s *search) about() about {
	return about{
		name: "search", kind: "service", every: 5 * time.Second, format: protoFormat,
		operations: []string{"clean-disk", "restart", "stop", "start"},
	}
}

func (s *search) step(dt time.Duration) {
	s.age += dt
	if !s.stopped {
		s.disk[1] = math.Min(99.6, s.disk[1]+(100-diskStart)*dt.Seconds()/s.opt.DiskFull.Seconds())
	}
}

func (s *search) samples() []Sample {
	if s.stopped {
		return nil
	}
	var list []Sample
	for i, used := range s.disk {
		labels := map[string]string{"service": "search", "instance": fmt.Sprintf("search-%d", i+1), "env": "prod"}
		list = append(list,
			Sample{Name: "disk.used_percent", Labels: labels, Value: round(used, 2)},
			Sample{Name: "queries.rate", Labels: labels, Value: round(64+9*math.Sin(s.age.Seconds()/211+float64(i))+s.noise.NormFloat64(), 1)},
			Sample{Name: "latency.p99", Labels: labels, Value: round(58+4*s.noise.NormFloat64()+3*math.Max(0, used-95), 1)},
		)
	}
	return list
}

func (s *search) do(op string) error {
	switch op {
	case "clean-disk":
		s.disk[1] = math.Min(s.disk[1], diskClean)
	case "stop":
		s.stopped = true
	case "start", "restart":
		s.stopped = false
	}
	return nil
}

func (s *search) state() map[string]any {
	return map[string]any{"running": !s.stopped, "disk_used_percent": []float64{round(s.disk[0], 2), round(s.disk[1], 2)}}
}

func (s *search) set(values map[string]any) error {
	for key, v := range values {
		number, ok := v.(float64)
		if key != "disk_percent" || !ok {
			return fmt.Errorf("search has disk_percent, not %s = %v: %w", key, v, ErrUnknown)
		}
		s.disk[1] = math.Max(0, math.Min(99.6, number))
	}
	return nil
}
