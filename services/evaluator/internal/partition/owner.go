package partition

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/internal/budget"
	"github.com/parley-ops/parley/services/evaluator/internal/calendar"
	"github.com/parley-ops/parley/services/evaluator/internal/incident"
	"github.com/parley-ops/parley/services/evaluator/internal/rules"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/wait"
)

// owner has one partition for as long as its run lasts.
type owner struct {
	conn     *bus.Conn
	log      *slog.Logger
	p        bus.Partition
	epoch    uint64
	instance string
	rules    *rules.Keeper
	calendar *calendar.Calendar
	budget   *budget.Budget
	met      *Metrics
	history  int

	out  *outbox
	wake chan struct{} // the keeper looks at the time again

	// revision and object are those of the snapshot; the keeper's, after start.
	revision uint64
	object   string

	// order keeps together what an entry changes and what it queues, so that a
	// snapshot never covers an entry whose outputs are not queued yet. It is
	// taken before mu.
	order sync.Mutex
	// unsaid: an entry was applied and what it caused could not be queued. No
	// snapshot may cover it; the next owner replays.
	unsaid bool

	mu      sync.RWMutex
	state   *incident.State
	seq     uint64    // of the last entry applied
	stored  time.Time // when that was
	since   int       // entries applied since the snapshot
	pending uint64    // entries behind that one when it was delivered
	counted incident.Counts
	sizes   [3]int
}

// run owns the partition until ctx is done, when it leaves a snapshot and
// returns nil, or until it cannot: errFenced when somebody else has it.
func (o *owner) run(ctx context.Context) error {
	start := time.Now()
	from, err := o.start(ctx)
	if err != nil {
		return err
	}
	defer o.forget()
	o.met.takeover.Observe(time.Since(start).Seconds())

	// What publishes outlives ctx, so that a release can wait for it.
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	read, stop := context.WithCancelCause(ctx)
	var wg sync.WaitGroup
	fail := func(err error) {
		if err != nil {
			stop(err)
		}
	}
	wg.Go(func() { fail(o.out.run(life)) })
	var keeping sync.WaitGroup
	keeping.Go(func() { fail(o.keep(read)) })
	wg.Go(func() { fail(bus.ServeQueries(read, o.conn, o.p, o.answer)) })
	err = bus.ReadPartition(read, o.conn, o.p, from, func(m *bus.Message[*eventv1.PartitionEntry]) error { return o.apply(read, m) })
	stop(err)
	keeping.Wait()
	if ctx.Err() != nil && !errors.Is(context.Cause(ctx), errFenced) {
		release, cancel := context.WithTimeout(life, 10*time.Second)
		err = o.snapshot(release)
		cancel()
	} else if cause := context.Cause(read); cause != nil {
		err = cause
	}
	end()
	wg.Wait()
	return err
}

// start loads the state, fences the owner before, and finds the place in the
// log.
func (o *owner) start(ctx context.Context) (bus.Position, error) {
	m, revision, err := o.load(ctx)
	if err != nil {
		return bus.Position{}, err
	}
	if m.epoch > o.epoch {
		return bus.Position{}, errFenced
	}
	m.epoch, o.revision, o.object = o.epoch, revision, m.object
	if err := o.commit(ctx, m); err != nil {
		return bus.Position{}, err
	}
	if o.state, err = o.restore(ctx, m); err != nil {
		return bus.Position{}, err
	}
	last, err := lastSaid(ctx, o.conn, o.p)
	if err != nil {
		return bus.Position{}, err
	}
	o.counted = o.state.Counts()
	o.out = newOutbox(o.conn, o.p, last)
	o.out.skipped = o.met.suppressed.Inc
	o.seq, o.stored = m.seq, m.stored
	if o.state.Sequence() == 0 {
		o.seq, o.stored = 0, time.Time{}
	}
	return o.position(ctx)
}

// restore returns the state of a snapshot; a new one if it cannot be read.
func (o *owner) restore(ctx context.Context, m manifest) (*incident.State, error) {
	opt := incident.Options{History: o.history}
	if len(m.state) == 0 {
		return incident.New(o.p, opt), nil
	}
	digest, err := incident.SnapshotPolicies(m.state)
	if err == nil {
		var set *policy.Set
		if set, err = o.rules.Get(ctx, digest); err != nil && !errors.Is(err, bus.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			var s *incident.State
			if s, err = incident.Restore(o.p, opt, m.state, set); err == nil {
				return s, nil
			}
		}
	}
	o.log.Error("snapshot cannot be read; the log is read from its beginning", "partition", o.p.String(), "err", err)
	return incident.New(o.p, opt), nil
}

// apply makes one entry part of the state, and queues what follows.
func (o *owner) apply(ctx context.Context, m *bus.Message[*eventv1.PartitionEntry]) error {
	e := incident.Entry{Sequence: m.Sequence, Stored: m.Stored, Event: m.Event}
	if c := m.Event.GetPolicies(); c != nil {
		set, err := o.policySet(ctx, c.GetDigest())
		if err != nil {
			return err
		}
		e.Set = set
	}
	o.order.Lock()
	defer o.order.Unlock()
	o.mu.Lock()
	before, hadDeadline := o.state.NextDeadline()
	out := o.state.Apply(e)
	after, hasDeadline := o.state.NextDeadline()
	o.seq, o.stored, o.pending = m.Sequence, m.Stored, m.Pending
	o.since++
	full := o.since == maxSince
	control := e.Set != nil || m.Event.GetMaintenance() != nil || m.Event.GetBudget() != nil
	o.mu.Unlock()

	for _, n := range out.Notes {
		o.log.Warn("samples: "+n, "partition", o.p.String())
	}
	if hasDeadline && (!hadDeadline || after.Before(before)) || full || control {
		o.nudge()
	}
	if len(out.Changes) == 0 && len(out.Partials) == 0 {
		return nil
	}
	it := item{sequence: m.Sequence, partials: out.Partials, alerts: incident.Batches(o.p, m.Sequence, out.Changes)}
	if !o.out.put(ctx, it) {
		o.unsaid = true
		return o.out.why(ctx)
	}
	return nil
}

// policySet returns the set that an entry names, waiting for the bucket as
// long as that takes: to go on without would make another log of this one.
func (o *owner) policySet(ctx context.Context, digest string) (*policy.Set, error) {
	pause := wait.Pause{Last: 5 * time.Second}
	for {
		set, err := o.rules.Get(ctx, digest)
		if err == nil {
			return set, nil
		}
		if errors.Is(err, bus.ErrNotFound) {
			o.log.Error("the log names policies that are not in the bucket: it goes on without", "partition", o.p.String(), "err", err)
			return nil, nil
		}
		if pause.Wait(ctx) != nil {
			return nil, ctx.Err()
		}
	}
}

// answer answers a query from the state; any number at a time.
func (o *owner) answer(ctx context.Context, q *eventv1.Query) *eventv1.QueryAnswer {
	o.mu.RLock()
	a := o.state.Answer(q)
	applied, pending := o.seq, o.pending
	o.mu.RUnlock()
	if s := a.GetStatus(); s != nil {
		s.Owner, s.Epoch, s.LagMessages = o.instance, o.epoch, 0
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if end, err := bus.PartitionEnd(ctx, o.conn, o.p); err == nil && end > applied {
			s.LagMessages = pending + 1
		}
	}
	return a
}

func (o *owner) nudge() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}
