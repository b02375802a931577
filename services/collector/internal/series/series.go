package series

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
)

// Series is a metric with one set of labels.
type Series struct {
	// ID is label.Fingerprint of Name and Labels.
	ID uint64
	// Partition is where everything of the resource (Labels alone) meets.
	Partition bus.Partition
	Name      string
	// Labels includes the team.
	Labels label.Set
	// Unit is for people: "%", "bytes"; "" if unknown.
	Unit string
	// Interval is how often the source sends it; 0 if unknown.
	Interval time.Duration

	// announceAt is when the series has to be introduced again, unix ms.
	announceAt int64
}

// New returns the series; labels has to include the team.
func New(name string, labels label.Set, unit string, interval time.Duration) *Series {
	return &Series{ID: label.Fingerprint(name, labels), Partition: bus.PartitionOf(label.Resource(labels)),
		Name: name, Labels: labels, Unit: unit, Interval: interval}
}

// announceEvery is how long a definition that was sent is good for. The
// contract says 10 minutes; series take between 7.5 and 10, each its own time,
// so that those that began together are not all introduced again together.
const (
	announceEvery  = 450 * time.Second
	announceSpread = 150_000 // ms
)

// Due reports whether the series has to be introduced in a batch that is
// filled now, and takes it that it will be. Only the batcher calls it, one
// call at a time.
func (s *Series) Due(now time.Time) bool {
	ms := now.UnixMilli()
	if ms < s.announceAt {
		return false
	}
	s.announceAt = ms + announceEvery.Milliseconds() + int64(s.ID%announceSpread)
	return true
}

// Forget takes it that nobody knows the series: what introduced it was not
// stored. It is of the caller of Due.
func (s *Series) Forget() { s.announceAt = 0 }

// Def returns the series' definition for a batch.
func (s *Series) Def() *eventv1.SeriesDef {
	d := &eventv1.SeriesDef{Id: s.ID, Name: s.Name, Labels: s.Labels.Proto(), Unit: s.Unit}
	if s.Interval > 0 {
		d.Interval = durationpb.New(s.Interval)
	}
	return d
}

// DefSize returns about how many bytes the definition takes in a batch.
func (s *Series) DefSize() int {
	n := 24 + len(s.Name) + len(s.Unit)
	for _, l := range s.Labels {
		n += 8 + len(l.Name) + len(l.Value)
	}
	return n
}
