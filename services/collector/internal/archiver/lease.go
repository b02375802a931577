package archiver

import (
	"context"
	"errors"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// silence is after how long without a word the owner is taken for dead.
const silence = 90 * time.Second

// errLost: another collector archives now.
var errLost = errors.New("another collector archives now")

// lease is the right to archive, as far as it can be known: the record of one
// archive.
type lease struct {
	conn *bus.Conn
	me   string
	key  string
	// revision of the record as this collector wrote it; 0: it has not got it.
	revision uint64
	said     time.Time
	// seen is the revision by which another has it, since when.
	seen  uint64
	since time.Time
}

// take tries to get the record, and returns it as it was. nil: another has it.
func (l *lease) take(ctx context.Context) (*eventv1.ArchiveState, error) {
	e, err := bus.Archives.Get(ctx, l.conn, l.key)
	missing := errors.Is(err, bus.ErrNotFound)
	if err != nil && !missing {
		return nil, err
	}
	if owner := e.Value.GetOwner(); owner != "" && owner != l.me {
		if e.Revision != l.seen {
			l.seen, l.since = e.Revision, time.Now()
		}
		if time.Since(l.since) < silence {
			return nil, nil
		}
	}
	s := &eventv1.ArchiveState{}
	if !missing {
		s = e.Value
	}
	l.revision = e.Revision
	if err := l.say(ctx, s, l.me); err != nil {
		l.revision = 0
		if errors.Is(err, errLost) { // another was quicker
			return nil, nil
		}
		return nil, err
	}
	return s, nil
}

// say writes the record, by compare-and-set. errLost: it is another's now.
func (l *lease) say(ctx context.Context, s *eventv1.ArchiveState, owner string) error {
	s = proto.CloneOf(s)
	s.Owner, s.At = owner, timestamppb.Now()
	var err error
	if l.revision == 0 {
		l.revision, err = bus.Archives.Create(ctx, l.conn, l.key, s)
	} else {
		l.revision, err = bus.Archives.Update(ctx, l.conn, l.key, s, l.revision)
	}
	if errors.Is(err, bus.ErrConflict) {
		l.revision = 0
		return errLost
	}
	if err != nil {
		// It may have been written or not: it is got anew.
		l.revision = 0
		return err
	}
	l.said = time.Now()
	return nil
}

// held reports whether this collector has the record.
func (l *lease) held() bool { return l.revision > 0 }
