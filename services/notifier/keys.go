package notifier

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/seal"
)

// keyNote is where the key of the buttons is kept.
const keyNote = "key"

// keyRenewed is after how long the key is written again, long before the bucket
// forgets it.
const keyRenewed = 7 * 24 * time.Hour

// buttonKey is the key that all instances sign buttons with.
type buttonKey struct {
	mu  sync.Mutex
	key seal.Key
}

// Key returns it; it is there before anything is sent.
func (k *buttonKey) Key() seal.Key {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.key
}

// agree makes k the key that is stored, or stores one: the first instance's
// wins.
func (k *buttonKey) agree(ctx context.Context, c *bus.Conn) error {
	e, err := bus.NotifierNotes.Get(ctx, c, keyNote)
	switch {
	case err == nil && seal.Key(e.Value).Valid():
		if time.Since(e.Created) > keyRenewed {
			_, err = bus.NotifierNotes.Update(ctx, c, keyNote, e.Value, e.Revision)
		}
	case err == nil || errors.Is(err, bus.ErrNotFound):
		mine := k.Key()
		if !mine.Valid() {
			mine = seal.NewKey()
		}
		e.Value = mine
		if err == nil {
			_, err = bus.NotifierNotes.Update(ctx, c, keyNote, mine, e.Revision)
		} else {
			_, err = bus.NotifierNotes.Create(ctx, c, keyNote, mine)
		}
		if errors.Is(err, bus.ErrConflict) {
			return k.agree(ctx, c) // another instance was first
		}
	}
	if err != nil && !errors.Is(err, bus.ErrConflict) {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.key = e.Value
	return nil
}
