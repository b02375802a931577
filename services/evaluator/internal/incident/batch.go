package incident

import (
	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// Batches returns the changes that the entry at sequence caused as messages
// for the incidents' stream, each below its limit of size.
func Batches(p bus.Partition, sequence uint64, changes []*eventv1.IncidentChanged) []*eventv1.IncidentBatch {
	var out []*eventv1.IncidentBatch
	size := 0
	for _, c := range changes {
		n := proto.Size(c) + 4
		if len(out) == 0 || size+n > maxBatchBytes {
			out = append(out, &eventv1.IncidentBatch{Partition: uint32(p), SourceSequence: sequence, Part: uint32(len(out))})
			size = 0
		}
		last := out[len(out)-1]
		last.Changes = append(last.Changes, c)
		size += n
	}
	return out
}
