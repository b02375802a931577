package poll

import (
	"context"
	"fmt"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// farewell tells the evaluators which series end because their instance was
// stopped, so that silence is no news: once for each owner of the target and each
// stop. Saying it again changes nothing; one that cannot be said now is said at
// the next look.
func (w *worker) farewell(ctx context.Context) {
	gone := make(map[uint64]string, len(w.plan.Gone))
	var parts [bus.Partitions][]*eventv1.SeriesGone
	for _, g := range w.plan.Gone {
		if gone[g.Series.ID] == "" && w.gone[g.Series.ID] != g.Reason {
			parts[g.Series.Partition] = append(parts[g.Series.Partition], &eventv1.SeriesGone{Id: g.Series.ID, Reason: g.Reason})
		}
		gone[g.Series.ID] = g.Reason
	}
	now := time.Now().UnixMilli()
	for p, list := range parts {
		for len(list) > 0 && w.t.Lease().Held() {
			part := list[:min(len(list), maxGone)]
			list = list[len(part):]
			e := &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: &eventv1.SampleBatch{Gone: part}}}
			id := fmt.Sprintf("cw/%s/gone/%016x/%d", w.t.Key(), part[0].GetId(), now)
			if _, err := bus.Publish(ctx, w.t.Bus(), bus.Samples(bus.Partition(p)), id, e); err != nil {
				w.t.Log().Warn("that an instance was stopped could not be told", "err", err)
				for _, g := range part {
					delete(gone, g.GetId())
				}
			}
		}
	}
	w.gone = gone
}

// maxGone is how many series one message tells of.
const maxGone = 1000
