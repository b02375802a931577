package evaluator

import (
	"context"
	"errors"
	"time"

	"github.com/parley-ops/parley/services/evaluator/replay"
	"github.com/parley-ops/parley/services/internal/archive"
	"github.com/parley-ops/parley/services/internal/bus"
)

// past is the samples that are stored: those of the archive, if there is one, and
// then those that the bus has beyond its end.
type past struct {
	conn *bus.Conn
	// place is where the archive is; "" is none.
	place string
}

// read calls each with what was stored since a time, in the order in which it was,
// and returns each's error.
func (p past) read(ctx context.Context, since time.Time, each func(replay.Entry) error) error {
	var a *archive.Archive
	if p.place != "" {
		store, err := archive.At(p.place)
		if err != nil {
			return err
		}
		if a, err = archive.Open(ctx, store); err != nil && !errors.Is(err, archive.ErrNone) { // the collector may not have made it yet
			return err
		}
	}
	_, err := a.History(ctx, p.conn, since, func(e archive.Entry, _ uint64) error {
		return each(replay.Entry{Partition: e.Partition, Stored: e.Stored, Event: e.Event})
	})
	return err
}
