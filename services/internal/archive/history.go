package archive

import (
	"context"
	"fmt"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// Gap is entries that the log had and nobody has any more: the bus dropped them
// before they were archived.
type Gap struct {
	First, Last uint64
	// From and To are when the entries before and after it were stored; From is
	// zero when nothing before it was read.
	From, To time.Time
}

// History calls each with the entries stored since a time, in the order in which
// they were, each once: those of the archive, and then those that the bus has
// beyond its end. left is about how many more there are. conn may be nil: then the
// archive is all there is; a may be nil: then the bus is. It returns the gaps, and
// each's error.
func (a *Archive) History(ctx context.Context, conn *bus.Conn, since time.Time, each func(e Entry, left uint64) error) ([]Gap, error) {
	var files []File
	var err error
	if a != nil {
		if files, err = a.Files(ctx, since); err != nil {
			return nil, err
		}
	}
	t := &track{since: since, each: each}
	for _, f := range files {
		t.left += f.Last - f.First + 1
	}
	for _, f := range files {
		if err := a.read(ctx, f, t); err != nil {
			return t.gaps, err
		}
	}
	if conn != nil {
		err = t.bus(ctx, conn)
	}
	return t.gaps, err
}

// read takes what a file has beyond where t is.
func (a *Archive) read(ctx context.Context, f File, t *track) error {
	t.left -= f.Last - f.First + 1
	if f.Log != t.log {
		t.log, t.last = f.Log, f.First-1
	}
	if f.Last <= t.last { // a double
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	data, err := a.store.Read(ctx, f.Name())
	if err != nil {
		return fmt.Errorf("read %s of %s: %w", f.Name(), a, err)
	}
	from := max(f.First, t.last+1)
	t.skip(from)
	err = decode(f, data, func(e Entry) error {
		if e.Sequence < from {
			return nil
		}
		return t.take(e, t.left+f.Last-e.Sequence)
	})
	t.last = f.Last
	return err
}

// track is how far a history was read.
type track struct {
	since time.Time
	each  func(Entry, uint64) error
	left  uint64
	// log and last are the log and its last sequence that was read; log is ""
	// before the first.
	log    string
	last   uint64
	stored time.Time
	gaps   []Gap
}

// skip notes that the next entry is this one.
func (t *track) skip(to uint64) {
	if to > t.last+1 {
		t.gaps = append(t.gaps, Gap{First: t.last + 1, Last: to - 1, From: t.stored})
	}
	t.last = to - 1
}

// take hands on an entry.
func (t *track) take(e Entry, left uint64) error {
	for i := len(t.gaps) - 1; i >= 0 && t.gaps[i].To.IsZero(); i-- {
		t.gaps[i].To = e.Stored
	}
	t.last, t.stored = e.Sequence, e.Stored
	if e.Stored.Before(t.since) {
		return nil
	}
	return t.each(e, left)
}

// bus goes on with what the bus has.
func (t *track) bus(ctx context.Context, conn *bus.Conn) error {
	state, err := bus.SamplesState(ctx, conn)
	if err != nil {
		return err
	}
	at := bus.Position{Time: t.since}
	switch log := LogName(state.Created); {
	case log == t.log:
		at = bus.Position{Sequence: t.last + 1}
	case log < t.log:
		return fmt.Errorf("%w: the archive has a log of %s, the server's is older: %s", ErrOther, t.log, log)
	default:
		t.log = log
	}
	return bus.Stored(ctx, conn, at, func(p bus.Partition, m *bus.Message[*eventv1.PartitionEntry]) error {
		if at.Sequence > 0 {
			t.skip(m.Sequence)
		}
		t.last = m.Sequence
		return t.take(Entry{Sequence: m.Sequence, Stored: m.Stored, Partition: p, Event: m.Event}, m.Pending)
	})
}
