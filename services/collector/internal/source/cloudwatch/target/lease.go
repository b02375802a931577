package target

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/wait"
)

// ErrLost: another collector owns the target now. What was not committed is
// its to do again.
var ErrLost = errors.New("another collector watches this target now")

// Mark names one round of one owner. Marks of a target grow.
type Mark struct {
	Epoch uint64 `json:"epoch"`
	Round uint64 `json:"round"`
}

// String returns the mark as it stands in names: "3-17".
func (m Mark) String() string { return fmt.Sprintf("%d-%d", m.Epoch, m.Round) }

// record is a target's entry in [bus.CloudTargets].
type record struct {
	// Owner is the collector that watches the target; "" is nobody.
	Owner string `json:"owner"`
	// Epoch counts the owners.
	Epoch uint64 `json:"epoch"`
	// At is the round whose position holds; zero is none.
	At Mark `json:"at"`
	// From is the last sequence of the samples' log before the round's
	// messages.
	From uint64 `json:"from"`
	// Done: all of the round's messages are known to be in the log.
	Done bool `json:"done,omitempty"`
}

// Lease is the right to watch a target.
type Lease struct {
	key   string
	me    string
	conn  *bus.Conn
	fresh func() bool

	mu       sync.Mutex
	rec      record
	revision uint64
	lost     bool
}

// Held reports whether this collector still owns the target, as far as it can
// know: not when it has not been able to say for a while that it is there.
func (l *Lease) Held() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.lost && l.fresh()
}

// Position is how far a target was watched.
type Position struct {
	// Mark is the round's; zero when there was none.
	Mark Mark
	// From is the last sequence of the samples' log before the round's messages.
	From uint64
	// Done: the round's messages are in the log, no need to look.
	Done bool
	Data []byte
}

// Position returns the position that holds. Its Data is nil when there is none.
func (l *Lease) Position(ctx context.Context) (Position, error) {
	l.mu.Lock()
	rec := l.rec
	l.mu.Unlock()
	p := Position{Mark: rec.At, From: rec.From, Done: rec.Done}
	if rec.At == (Mark{}) {
		return p, nil
	}
	data, err := bus.GetObject(ctx, l.conn, bus.CloudPositions, l.object(rec.At))
	if errors.Is(err, bus.ErrNotFound) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("read the position of %s: %w", l.key, err)
	}
	p.Data = data
	return p, nil
}

// Next returns the mark of the next round.
func (l *Lease) Next() Mark {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next()
}

func (l *Lease) next() Mark {
	if l.rec.At.Epoch == l.rec.Epoch {
		return Mark{l.rec.Epoch, l.rec.At.Round + 1}
	}
	return Mark{l.rec.Epoch, 1}
}

// Steps are told of every step of a commit, in tests; nil does nothing.
type Steps func(step string)

// Commit makes data the position of round [Lease.Next], and says that the
// round's messages come after the sequence from. It tries again until it knows
// the result, or ctx ends. ErrLost if the target has another owner; then
// nothing has changed.
func (l *Lease) Commit(ctx context.Context, data []byte, from uint64, steps Steps) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost {
		return ErrLost
	}
	before, mark := l.rec, l.next()
	if steps == nil {
		steps = func(string) {}
	}
	if err := l.try(ctx, func() error { return bus.PutObject(ctx, l.conn, bus.CloudPositions, l.object(mark), data) }); err != nil {
		return fmt.Errorf("store the position of %s: %w", l.key, err)
	}
	steps("object stored")
	rec := record{Owner: l.me, Epoch: before.Epoch, At: mark, From: from}
	if err := l.write(ctx, rec); err != nil {
		if errors.Is(err, ErrLost) {
			_ = bus.DeleteObject(ctx, l.conn, bus.CloudPositions, l.object(mark))
		}
		return err
	}
	steps("committed")
	if before.At != (Mark{}) {
		// One that stays behind costs space and nothing else.
		_ = bus.DeleteObject(ctx, l.conn, bus.CloudPositions, l.object(before.At))
	}
	return nil
}

// Finish notes that all messages of the last round are in the log. The note is
// written when the target is given back.
func (l *Lease) Finish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rec.Done = true
}

// acquire makes this collector the owner, if the record is still at revision (0:
// there is none).
func acquire(ctx context.Context, c *bus.Conn, me, key string, rec record, revision uint64, fresh func() bool) (*Lease, error) {
	before := Mark{rec.Epoch, rec.At.Round + 1}
	if rec.At.Epoch != rec.Epoch {
		before.Round = 1
	}
	rec.Owner = me
	rec.Epoch++
	data, err := json.Marshal(rec)
	if err != nil {
		return nil, err
	}
	if revision == 0 {
		revision, err = bus.CloudTargets.Create(ctx, c, key, data)
	} else {
		revision, err = bus.CloudTargets.Update(ctx, c, key, data, revision)
	}
	if err != nil {
		return nil, err
	}
	l := &Lease{key: key, me: me, conn: c, fresh: fresh, rec: rec, revision: revision}
	// What the owner before stored and could not commit.
	if before.Epoch > 0 {
		_ = bus.DeleteObject(ctx, c, bus.CloudPositions, l.object(before))
	}
	return l, nil
}

// release gives the target back.
func (l *Lease) release(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost {
		return nil
	}
	rec := l.rec
	rec.Owner = ""
	err := l.write(ctx, rec)
	l.lost = true
	return err
}

// write brings the record to rec, by compare-and-set. After an error of the
// bus it looks what became of it.
func (l *Lease) write(ctx context.Context, rec record) error {
	data, err := json.Marshal(rec)
	if err != nil {
		return err
	}
	return l.try(ctx, func() error {
		revision, err := bus.CloudTargets.Update(ctx, l.conn, l.key, data, l.revision)
		if err == nil {
			l.rec, l.revision = rec, revision
			return nil
		}
		e, readErr := bus.CloudTargets.Get(ctx, l.conn, l.key)
		if readErr != nil {
			if errors.Is(readErr, bus.ErrNotFound) {
				l.lost = true
				return ErrLost
			}
			return err
		}
		if string(e.Value) == string(data) { // it was written, only the answer was lost
			l.rec, l.revision = rec, e.Revision
			return nil
		}
		if e.Revision != l.revision {
			l.lost = true
			return ErrLost
		}
		return err
	})
}

// try calls do until it succeeds, the target is lost, or ctx ends.
func (l *Lease) try(ctx context.Context, do func() error) error {
	var p wait.Pause
	for {
		err := do()
		if err == nil || errors.Is(err, ErrLost) {
			return err
		}
		if !l.fresh() || p.Wait(ctx) != nil {
			return err
		}
	}
}

func (l *Lease) object(m Mark) string { return l.key + "/" + m.String() }
