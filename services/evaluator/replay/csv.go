package replay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/seriesfile"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
)

// Entry is one entry of a log that is replayed.
type Entry struct {
	Partition bus.Partition
	Stored    time.Time
	Event     *eventv1.PartitionEntry
}

// Samples returns how many samples it has, events included.
func (e Entry) Samples() int {
	b := e.Event.GetSamples()
	return len(b.GetSeriesId()) + len(b.GetEvents())
}

// mostFiles is how many CSV files are read side by side.
const mostFiles = 500

// CSV calls each with what is in CSV files (see [seriesfile.Labelled]) as if each
// sample had been stored when it was measured. A file in order of time is read
// as a stream; another is sorted in memory, and may have MaxSamples at most.
func CSV(ctx context.Context, names []string, each func(Entry) error) error {
	if len(names) > mostFiles {
		return fmt.Errorf("%d CSV files: at most %d at a time", len(names), mostFiles)
	}
	var heads []*head
	defer func() {
		for _, h := range heads {
			h.stop()
		}
	}()
	for _, name := range names {
		sorted, err := inOrder(name)
		if err != nil {
			return err
		}
		h := &head{}
		h.next, h.stop = iter.Pull2(samplesOf(name, sorted))
		heads = append(heads, h)
		if err := h.move(); err != nil {
			return err
		}
	}
	b := batcher{defined: map[uint64]int64{}}
	for ctx.Err() == nil {
		var first *head
		for _, h := range heads {
			if h.more && (first == nil || h.sample.Millis < first.sample.Millis) {
				first = h
			}
		}
		if first == nil || first.sample.Millis != b.at {
			if err := b.flush(each); err != nil {
				return err
			}
		}
		if first == nil {
			return nil
		}
		b.add(first.sample)
		if err := first.move(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// head is the next sample of a file.
type head struct {
	sample seriesfile.Sample
	more   bool
	next   func() (seriesfile.Sample, error, bool)
	stop   func()
}

func (h *head) move() error {
	s, err, ok := h.next()
	if err != nil {
		return err
	}
	h.sample, h.more = s, ok
	return nil
}

var errUnordered = errors.New("not in order of time")

// inOrder reports whether a file's rows are in order of time.
func inOrder(name string) (bool, error) {
	last := int64(-1 << 62)
	err := seriesfile.Open(name, func(r io.Reader) error {
		return seriesfile.Labelled(r, func(s seriesfile.Sample) error {
			if s.Millis < last {
				return errUnordered
			}
			last = s.Millis
			return nil
		})
	})
	if errors.Is(err, errUnordered) {
		return false, nil
	}
	return true, err
}

var errEnough = errors.New("enough")

// samplesOf returns a file's samples in order of time, then as they stand.
func samplesOf(name string, sorted bool) iter.Seq2[seriesfile.Sample, error] {
	return func(yield func(seriesfile.Sample, error) bool) {
		var all []seriesfile.Sample
		err := seriesfile.Open(name, func(r io.Reader) error {
			return seriesfile.Labelled(r, func(s seriesfile.Sample) error {
				switch {
				case sorted && !yield(s, nil):
					return errEnough
				case sorted:
				case len(all) >= MaxSamples:
					return fmt.Errorf("line %d: more than %d rows that are not in order of time: sort the file first", s.Line, MaxSamples)
				default:
					all = append(all, s)
				}
				return nil
			})
		})
		if errors.Is(err, errEnough) {
			return
		}
		if err != nil {
			yield(seriesfile.Sample{}, err)
			return
		}
		slices.SortStableFunc(all, func(a, b seriesfile.Sample) int { return cmp.Compare(a.Millis, b.Millis) })
		for _, s := range all {
			if !yield(s, nil) {
				return
			}
		}
	}
}

// batcher gathers the samples of one time.
type batcher struct {
	at      int64
	batches [bus.Partitions]*eventv1.SampleBatch
	defined map[uint64]int64 // series → when it last had a sample
}

func (b *batcher) add(s seriesfile.Sample) {
	b.at = s.Millis
	p := bus.PartitionOf(label.Resource(s.Labels))
	batch := b.batches[p]
	if batch == nil {
		batch = &eventv1.SampleBatch{BaseUnixMs: s.Millis}
		b.batches[p] = batch
	}
	id := label.Fingerprint(s.Metric, s.Labels)
	if last, known := b.defined[id]; !known || s.Millis-last > redefine.Milliseconds() {
		batch.Defs = append(batch.Defs, &eventv1.SeriesDef{Id: id, Name: s.Metric, Labels: s.Labels.Proto(), Unit: s.Unit})
	}
	b.defined[id] = s.Millis
	batch.SeriesId, batch.TimeDeltaMs, batch.Value = append(batch.SeriesId, id), append(batch.TimeDeltaMs, 0), append(batch.Value, s.Value)
}

func (b *batcher) flush(each func(Entry) error) error {
	for p, batch := range b.batches {
		if batch == nil {
			continue
		}
		b.batches[p] = nil
		if err := each(Entry{bus.Partition(p), time.UnixMilli(b.at), &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Samples{Samples: batch}}}); err != nil {
			return err
		}
	}
	return nil
}
