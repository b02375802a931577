package archiver

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/archive"
	"github.com/parley-ops/parley/services/internal/bus"
)

const (
	// settled is how long after its end an hour is archived: the server's clock
	// may be a little behind.
	settled = time.Minute
	// urgentShare of what the bus can hold is archived without waiting for the
	// hour's end.
	urgentShare = 0.25
)

var errEnough = errors.New("enough")

// pass archives the hours that are over, or all that there is.
func (a *Archiver) pass(ctx context.Context, all bool) error {
	log, err := bus.SamplesState(ctx, a.deps.Bus)
	if err != nil {
		return err
	}
	if err := a.place(ctx, log); err != nil {
		return err
	}
	defer a.lag(log)
	if log.First > a.next {
		a.lose(a.next, log.First-1)
	}
	waiting := log.Last + 1 - a.next
	if waiting == 0 {
		return nil
	}
	all = all || urgent(log, waiting)
	over := time.Now().Add(-settled).Truncate(time.Hour)
	if !all && !a.oldest.IsZero() && !a.oldest.Before(over) {
		return nil
	}
	w := a.archive.NewWriter(a.log, func(f archive.Written) error { return a.stored(ctx, f) })
	expected := a.next
	err = bus.Stored(ctx, a.deps.Bus, bus.Position{Sequence: a.next}, func(p bus.Partition, m *bus.Message[*eventv1.PartitionEntry]) error {
		if m.Sequence > expected { // dropped while we were reading
			if err := w.Close(ctx); err != nil {
				return err
			}
			a.lose(expected, m.Sequence-1)
		}
		if m.Sequence == a.next {
			a.oldest = m.Stored
		}
		if !all && !m.Stored.Before(over) {
			return errEnough
		}
		expected = m.Sequence + 1
		return w.Add(ctx, archive.Entry{Sequence: m.Sequence, Stored: m.Stored, Partition: p, Event: m.Event})
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return w.Close(ctx)
}

// place finds where to go on, when that is not known.
func (a *Archiver) place(ctx context.Context, log bus.LogState) error {
	name := archive.LogName(log.Created)
	if name == a.log {
		return nil
	}
	end, err := a.archive.End(ctx, name)
	if err != nil {
		return err
	}
	a.log, a.next, a.oldest = name, end+1, time.Time{}
	if end == 0 { // an archive begins with what the bus still has
		a.next = log.First
	}
	return nil
}

// urgent reports whether so many waiting entries are a danger: the bus drops
// its oldest when it is full.
func urgent(log bus.LogState, waiting uint64) bool {
	held := log.Last + 1 - log.First
	return held > 0 && log.MaxBytes > 0 && float64(log.Bytes)/float64(held)*float64(waiting) > urgentShare*float64(log.MaxBytes)
}

// stored goes on behind a file that is stored.
func (a *Archiver) stored(ctx context.Context, f archive.Written) error {
	a.next, a.oldest = f.File.Last+1, time.Time{}
	a.state.Archived = f.File.Last
	a.met.files.Inc()
	a.met.bytes.Add(float64(f.Bytes))
	a.met.samples.Add(float64(f.Samples))
	if time.Since(a.lease.said) < every {
		return nil
	}
	return a.say(ctx) // there may be hours to make up for
}

// lose notes that entries are gone. The archive shows it too: no file has them.
func (a *Archiver) lose(first, last uint64) {
	n := last - first + 1
	a.deps.Log.Error("the bus dropped entries before they were archived", "archive", a.store.String(), "first", first, "last", last)
	a.met.lost.Add(float64(n))
	a.state.Lost += n
	a.state.LostAt = timestamppb.Now()
	a.next, a.oldest = last+1, time.Time{}
}

// lag says how much waits.
func (a *Archiver) lag(log bus.LogState) {
	waiting := log.Last + 1 - min(a.next, log.Last+1)
	a.state.Waiting, a.state.WaitingSince = waiting, nil
	seconds := 0.0
	if waiting > 0 && !a.oldest.IsZero() {
		a.state.WaitingSince = timestamppb.New(a.oldest)
		seconds = time.Since(a.oldest).Seconds()
	}
	a.met.lagEntries.Set(float64(waiting))
	a.met.lagSeconds.Set(max(seconds, 0))
}
