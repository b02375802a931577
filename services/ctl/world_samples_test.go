package main

import (
	"strconv"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
)

// samples stores values of latency.p99 of two services, one of which is slow in
// the end, with the ticks and the order that stand between them.
func (w *world) samples() error {
	c, err := w.conn("collector")
	if err != nil {
		return err
	}
	evaluator, err := w.conn("evaluator")
	if err != nil {
		return err
	}
	now := time.Now()
	for i := range 30 {
		for _, service := range []string{"checkout", "cart"} {
			l := label.New(label.Label{Name: "service", Value: service}, label.Label{Name: "env", Value: "prod"})
			id, p := label.Fingerprint("latency.p99", l), bus.PartitionOf(label.Resource(l))
			b := &eventv1.SampleBatch{BaseUnixMs: now.Add(time.Duration(i-30) * 10 * time.Second).UnixMilli(), SeriesId: []uint64{id}, TimeDeltaMs: []int64{0},
				Value: []float64{word(service == "cart" && i >= 20, 950.0, 120)}}
			if i == 0 {
				b.Defs = []*eventv1.SeriesDef{{Id: id, Name: "latency.p99", Labels: l.Proto(), Unit: "ms"}}
			}
			if _, err := bus.Publish(w.ctx, c, bus.Samples(p), "seed/"+service+strconv.Itoa(i), &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: b}}); err != nil {
				return err
			}
		}
		if _, err := bus.Publish(w.ctx, evaluator, bus.Control(3), "seed/tick"+strconv.Itoa(i), &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Tick{Tick: &eventv1.Tick{}}}); err != nil {
			return err
		}
	}
	return nil
}
