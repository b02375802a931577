package calendar

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/maintenance"
)

const (
	relist = 30 * time.Second
	// maxBytes is how much an entry may hold; the log takes 512 KiB.
	maxBytes = 400 << 10
)

// Calendar is the windows of the bucket.
type Calendar struct {
	conn *bus.Conn
	log  *slog.Logger

	mu      sync.Mutex
	windows *eventv1.MaintenanceChanged
	changed chan struct{} // closed at each change
}

// New returns a calendar that has not looked yet.
func New(conn *bus.Conn, log *slog.Logger) *Calendar {
	return &Calendar{conn: conn, log: log, changed: make(chan struct{})}
}

// Run follows the bucket until ctx is done.
func (c *Calendar) Run(ctx context.Context) error {
	return bus.Maintenances.Watch(ctx, c.conn, relist, func(entries []bus.Entry[*eventv1.Maintenance]) {
		all := make([]*eventv1.Maintenance, len(entries))
		for i, e := range entries {
			all[i] = e.Value
		}
		windows, left := pick(all, time.Now())
		if left > 0 {
			c.log.Warn("more maintenance windows than fit into the log: what is learned during some is not left out", "count", left)
		}
		c.put(windows)
	})
}

// Current returns the windows, nil before they are known, and a channel that
// closes when they change. The windows are not to be changed.
func (c *Calendar) Current() (*eventv1.MaintenanceChanged, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.windows, c.changed
}

func (c *Calendar) put(windows *eventv1.MaintenanceChanged) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.windows != nil && proto.Equal(c.windows, windows) {
		return
	}
	c.windows = windows
	close(c.changed)
	c.changed = make(chan struct{})
}

// pick returns what of the windows goes into the log, and how many do not fit.
func pick(all []*eventv1.Maintenance, now time.Time) (*eventv1.MaintenanceChanged, int) {
	over := func(m *eventv1.Maintenance) int64 {
		if since, is := maintenance.Over(m, now); is {
			return -since.UnixNano()
		}
		return -now.UnixNano()
	}
	all = slices.DeleteFunc(slices.Clone(all), func(m *eventv1.Maintenance) bool { return maintenance.Check(m) != nil })
	slices.SortFunc(all, func(a, b *eventv1.Maintenance) int {
		return cmp.Or(cmp.Compare(over(a), over(b)), cmp.Compare(a.GetId(), b.GetId()))
	})
	out, size := &eventv1.MaintenanceChanged{}, 0
	for i, m := range all {
		short := &eventv1.Maintenance{Id: m.GetId(), Name: m.GetName(), Matchers: m.GetMatchers(), StartsAt: m.GetStartsAt(),
			EndsAt: m.GetEndsAt(), Recurrence: m.GetRecurrence(), EndedAt: m.GetEndedAt()}
		if size += proto.Size(short) + 4; size > maxBytes {
			slices.SortFunc(out.Windows, byID)
			return out, len(all) - i
		}
		out.Windows = append(out.Windows, short)
	}
	slices.SortFunc(out.Windows, byID)
	return out, 0
}

func byID(a, b *eventv1.Maintenance) int { return cmp.Compare(a.GetId(), b.GetId()) }
