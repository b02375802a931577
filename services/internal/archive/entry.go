package archive

import (
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// Entry is one entry of the samples' log.
type Entry struct {
	// Sequence is its place in the log, Stored when it got there.
	Sequence  uint64
	Stored    time.Time
	Partition bus.Partition
	Event     *eventv1.PartitionEntry
}

// kept reports whether a replay needs the entry. Ticks, partials and changes of
// policies it makes itself, as they follow from its own policies.
func kept(e *eventv1.PartitionEntry) bool {
	switch e.GetEntry().(type) {
	case nil, *eventv1.PartitionEntry_Tick, *eventv1.PartitionEntry_Partials, *eventv1.PartitionEntry_Policies:
		return false
	}
	return true
}
