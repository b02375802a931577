package partition

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/internal/incident"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/wait"
)

// errFenced: another owner has the partition.
var errFenced = errors.New("another owner has the partition")

const (
	queueLength = 256
	attempts    = 8
	oneTry      = 5 * time.Second
)

// outbox publishes what a partition says, in order, each before the next.
// This is the one file with the owner's Go channels.
type outbox struct {
	conn   *bus.Conn
	p      bus.Partition
	queue  chan item
	failed chan struct{} // closed with err set
	err    error
	last   said
	// suffix makes ids other than those of before a cut of the log.
	suffix  string
	skipped func()
}

// item is what one entry caused, or a tick, or a set of policies, or only a
// question whether all before is stored.
type item struct {
	sequence uint64
	alerts   []*eventv1.IncidentBatch
	partials []incident.Partials
	control  *eventv1.PartitionEntry
	id       string // of control
	stored   chan<- struct{}
}

// said is the newest message on the partition's alerts.
type said struct {
	stream uint64 // its sequence
	source uint64 // the entry that caused it
	part   uint32
	stored time.Time
}

// covers reports whether the message for this part of this entry was said.
func (s said) covers(source uint64, part uint32) bool {
	return s.stream > 0 && (source < s.source || source == s.source && part <= s.part)
}

func newOutbox(conn *bus.Conn, p bus.Partition, last said) *outbox {
	return &outbox{conn: conn, p: p, queue: make(chan item, queueLength), failed: make(chan struct{}), last: last, skipped: func() {}}
}

// put queues an item; false if the outbox has failed or ctx ended.
func (b *outbox) put(ctx context.Context, it item) bool {
	select {
	case b.queue <- it:
		return true
	case <-b.failed:
		return false
	case <-ctx.Done():
		return false
	}
}

// offer queues an item unless the queue is half full: it will come again.
func (b *outbox) offer(it item) {
	if len(b.queue) > queueLength/2 {
		return
	}
	select {
	case b.queue <- it:
	default:
	}
}

// mark queues a mark behind all that is queued.
func (b *outbox) mark(ctx context.Context) <-chan struct{} {
	stored := make(chan struct{})
	b.put(ctx, item{stored: stored})
	return stored
}

// wait returns when all before the mark is stored.
func (b *outbox) wait(ctx context.Context, mark <-chan struct{}) error {
	select {
	case <-mark:
		return nil
	case <-b.failed:
		return b.why(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *outbox) why(ctx context.Context) error {
	select {
	case <-b.failed:
		return b.err
	default:
		return ctx.Err()
	}
}

// run publishes until ctx is done or publishing fails; then failed is closed.
func (b *outbox) run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case it := <-b.queue:
			if err := b.send(ctx, it); err != nil {
				if ctx.Err() != nil {
					err = ctx.Err()
				}
				b.err = err
				close(b.failed)
				return err
			}
		}
	}
}

func (b *outbox) send(ctx context.Context, it item) error {
	if it.stored != nil {
		close(it.stored)
		return nil
	}
	if it.control != nil {
		ctx, cancel := context.WithTimeout(ctx, oneTry)
		defer cancel()
		// A tick that is not stored is published again when it is missed.
		_, _ = bus.Publish(ctx, b.conn, bus.Control(b.p), it.id, it.control)
		return nil
	}
	if err := b.tell(ctx, it.partials); err != nil {
		return err
	}
	for _, batch := range it.alerts {
		if err := b.say(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// tell publishes partials: to one target in order, to several at once.
func (b *outbox) tell(ctx context.Context, ps []incident.Partials) error {
	if len(ps) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, attempts*oneTry)
	defer cancel()
	var wg sync.WaitGroup
	errs := make([]error, len(ps))
	for i := 0; i < len(ps); {
		from := i
		for i++; i < len(ps) && ps[i].Target == ps[from].Target; i++ {
		}
		to := i
		wg.Go(func() {
			for k := from; k < to; k++ {
				batch := ps[k].Batch
				id := fmt.Sprintf("partial/%s/%d/%s/%d%s", b.p, batch.SourceSequence, ps[k].Target, batch.Part, b.suffix)
				entry := &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Partials{Partials: batch}}
				if _, errs[k] = bus.Publish(ctx, b.conn, bus.Control(ps[k].Target), id, entry); errs[k] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// say appends a message to the partition's alerts, exactly once.
func (b *outbox) say(ctx context.Context, batch *eventv1.IncidentBatch) error {
	header := map[string]string{
		bus.HeaderSource: strconv.FormatUint(batch.SourceSequence, 10), bus.HeaderPart: strconv.FormatUint(uint64(batch.Part), 10)}
	id := fmt.Sprintf("%s/%d/%d%s", b.p, batch.SourceSequence, batch.Part, b.suffix)
	var err error
	pause := wait.Pause{Last: 5 * time.Second}
	for n := range attempts {
		if b.last.covers(batch.SourceSequence, batch.Part) {
			b.skipped()
			return nil
		}
		try, cancel := context.WithTimeout(ctx, oneTry)
		var sequence uint64
		sequence, err = bus.PublishFenced(try, b.conn, bus.Alerts(b.p), id, batch, b.last.stream, header)
		cancel()
		if err == nil {
			b.last = said{stream: sequence, source: batch.SourceSequence, part: batch.Part}
			return nil
		}
		// Refused or unknown: the log knows. Never send again blindly.
		before := b.last
		conflict := errors.Is(err, bus.ErrConflict)
		now, lookErr := lastSaid(ctx, b.conn, b.p)
		switch {
		case lookErr == nil && now.source == batch.SourceSequence && now.part == batch.Part && now.stream > before.stream:
			b.last = now // it was stored, only the answer was lost
			return nil
		case lookErr == nil && now.stream != before.stream:
			return errFenced
		case conflict && lookErr == nil && n > 1:
			return errFenced
		}
		if pause.Wait(ctx) != nil {
			return ctx.Err()
		}
	}
	return err
}

// lastSaid returns the newest message on the partition's alerts; zero if there
// is none.
func lastSaid(ctx context.Context, conn *bus.Conn, p bus.Partition) (said, error) {
	ctx, cancel := context.WithTimeout(ctx, oneTry)
	defer cancel()
	m, err := bus.LastMessage(ctx, conn, bus.AlertsLog, bus.Alerts(p))
	if errors.Is(err, bus.ErrNotFound) {
		return said{}, nil
	}
	if err != nil {
		return said{}, err
	}
	return said{stream: m.Sequence, source: m.Event.GetSourceSequence(), part: m.Event.GetPart(), stored: m.Stored}, nil
}
