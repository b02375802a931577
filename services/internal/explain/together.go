package explain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// joinable is for how long a message takes others of what belongs together.
const joinable = 24 * time.Hour

// join finds the message that what belongs together is told in already.
func (d *Destination) join(ctx context.Context, conn *bus.Conn, now time.Time) error {
	if d.Key == "" {
		return nil
	}
	e, err := bus.NotifierNotes.Get(ctx, conn, "k."+bus.Token(d.Channel)+"."+d.Key)
	if errors.Is(err, bus.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var p struct{ Lead, Group string }
	if err := json.Unmarshal(e.Value, &p); err != nil {
		return fmt.Errorf("what is told together in %s: %w", d.Channel, err)
	}
	open := false
	if p.Group != "" {
		open, err = groupOpen(ctx, conn, p.Group, now)
	} else if n, failed := noteOf(ctx, conn, p.Lead); n != nil || failed != nil {
		var c eventv1.IncidentChanged
		err = failed
		open = n != nil && !n.Held && proto.Unmarshal(n.Change, &c) == nil && c.GetState() == eventv1.IncidentState_INCIDENT_STATE_OPEN
	}
	if open {
		d.Joins = p.Lead
	}
	return err
}

// groupOpen reports whether a message for many takes one more: while one of them
// is open.
func groupOpen(ctx context.Context, conn *bus.Conn, key string, now time.Time) (bool, error) {
	e, err := bus.IncidentGroups.Get(ctx, conn, key)
	if errors.Is(err, bus.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if g := read(e.Value); g == nil || now.Sub(g.At) > joinable {
		return false, nil
	}
	for i := 0; ; i++ {
		e, err := bus.IncidentGroups.Get(ctx, conn, key+"."+strconv.Itoa(i))
		if errors.Is(err, bus.ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		var members []member
		if err := json.Unmarshal(e.Value, &members); err != nil {
			return false, fmt.Errorf("group %s: %w", key, err)
		}
		for _, m := range members {
			if m.End == 0 {
				return true, nil
			}
		}
	}
}
