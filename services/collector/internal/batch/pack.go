package batch

import (
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// Packed is one message, ready to publish on [bus.Samples] of its partition
// under its id.
type Packed struct {
	Partition bus.Partition
	ID        string
	Entry     *eventv1.PartitionEntry
}

// Pack makes messages of samples for a source that keeps them until they are
// stored: in order within a partition, with the ids <name>/<partition>/<n>, n
// from 0. Series are introduced as by a [Batcher]; if the messages are given up
// before they are stored, [series.Series.Forget] has to be called for each.
func Pack(name string, samples []Sample, now time.Time) []Packed {
	var open [bus.Partitions]*message
	var next [bus.Partitions]uint64
	var all []*message
	for i := range samples {
		s := &samples[i]
		p := s.Series.Partition
		due := s.Series.Due(now)
		if open[p] == nil || !open[p].fits(s, due) {
			open[p] = newMessage(name, p, next[p])
			next[p]++
			all = append(all, open[p])
		}
		open[p].add(s, due)
	}
	out := make([]Packed, len(all))
	for i, m := range all {
		out[i] = Packed{m.partition, m.id, m.entry}
	}
	return out
}
