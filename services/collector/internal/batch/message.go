package batch

import (
	"strconv"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// message is one batch on its way.
type message struct {
	partition bus.Partition
	id        string
	entry     *eventv1.PartitionEntry
	batch     *eventv1.SampleBatch
	bytes     int
	tickets   []*ticket
}

// ticket is one input: done when every message with a part of it is stored.
type ticket struct {
	left  atomic.Int32
	bytes int
	done  func(error)
}

func (b *Batcher) message(p bus.Partition, n uint64) *message { return newMessage(b.cfg.Name, p, n) }

func newMessage(name string, p bus.Partition, n uint64) *message {
	batch := &eventv1.SampleBatch{}
	return &message{partition: p, id: name + "/" + p.String() + "/" + strconv.FormatUint(n, 10), batch: batch,
		entry: &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: batch}}}
}

// fits reports whether there is room for one more sample, with its series'
// definition if that is due.
func (m *message) fits(s *Sample, due bool) bool {
	return m.samples() < maxSamples && m.bytes+size(s, due) <= maxBytes
}

// samples is how many there are, events included.
func (m *message) samples() int { return len(m.batch.SeriesId) + len(m.batch.Events) }

func size(s *Sample, due bool) int {
	n := sampleBytes
	if e := s.Event; e != nil {
		n += len(e.Type) + len(e.Message) + len(e.Id)
	}
	if due {
		n += s.Series.DefSize()
	}
	return n
}

// add appends one sample.
func (m *message) add(s *Sample, due bool) {
	b := m.batch
	m.bytes += size(s, due)
	if due {
		b.Defs = append(b.Defs, s.Series.Def())
	}
	if e := s.Event; e != nil {
		b.Events = append(b.Events, &eventv1.Occurrence{SeriesId: s.Series.ID, At: timestamppb.New(time.UnixMilli(s.UnixMS)),
			Type: e.Type, Level: e.Level, Message: e.Message, Id: e.Id})
		return
	}
	if len(b.SeriesId) == 0 {
		b.BaseUnixMs = s.UnixMS
	}
	if s.Revision > 0 && len(b.Revision) == 0 { // until now all were 0, and none is written
		b.Revision = make([]uint32, len(b.SeriesId))
	}
	if s.Revision > 0 || len(b.Revision) > 0 {
		b.Revision = append(b.Revision, s.Revision)
	}
	b.SeriesId = append(b.SeriesId, s.Series.ID)
	b.TimeDeltaMs = append(b.TimeDeltaMs, s.UnixMS-b.BaseUnixMs)
	b.Value = append(b.Value, s.Value)
}

// finish tells the inputs of a message what became of it.
func (b *Batcher) finish(m *message, err error) {
	var freed, ended int
	for _, t := range m.tickets {
		if err != nil && t.left.Swap(-1<<30) > 0 || err == nil && t.left.Add(-1) == 0 {
			freed, ended = freed+t.bytes, ended+1
			t.done(err)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inputs -= ended
	if b.held -= freed; freed > 0 {
		close(b.room)
		b.room = make(chan struct{})
	}
}

// stop gives back everything that is not sent.
func (b *Batcher) stop() {
	b.mu.Lock()
	b.stopped = true
	var rest []*message
	for i := range b.parts {
		p := &b.parts[i]
		rest = append(rest, p.full...)
		if p.open != nil {
			rest = append(rest, p.open)
		}
		*p = part{next: p.next}
	}
	close(b.room)
	b.room = make(chan struct{})
	b.mu.Unlock()
	for _, m := range rest {
		b.finish(m, ErrStopped)
	}
}
