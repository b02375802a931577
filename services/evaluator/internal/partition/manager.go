package partition

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/evaluator/internal/budget"
	"github.com/parley-ops/parley/services/evaluator/internal/calendar"
	"github.com/parley-ops/parley/services/evaluator/internal/rules"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/wait"
)

// Options are what a manager is told.
type Options struct {
	Conn     *bus.Conn
	Log      *slog.Logger
	Instance string
	Rules    *rules.Keeper
	Calendar *calendar.Calendar
	Budget   *budget.Budget
	Metrics  *Metrics
	// History is how many samples are kept of each series.
	History int
	// Ready is told whether leases are being kept.
	Ready func(ok bool, why string)
}

// Manager has this evaluator own its share of the partitions.
type Manager struct {
	Options

	wake chan struct{}

	mu      sync.Mutex
	members []string // nil until listed
	leases  map[bus.Partition]lease
	renewed time.Time
	running map[bus.Partition]*tenure
	owners  sync.WaitGroup
}

// lease is who has a partition, and since which revision.
type lease struct {
	owner    string
	revision uint64
}

// tenure is one owner at work, or about to claim.
type tenure struct {
	cancel    context.CancelCauseFunc
	epoch     uint64
	releasing bool
}

// New returns a manager that has not begun.
func New(o Options) *Manager {
	if o.Ready == nil {
		o.Ready = func(bool, string) {}
	}
	return &Manager{Options: o, wake: make(chan struct{}, 1), running: map[bus.Partition]*tenure{}}
}

// Run owns partitions until ctx is done, then lets go of all of them and of
// its membership.
func (m *Manager) Run(ctx context.Context) error {
	ttl := bus.EvaluatorMembers.TTL
	m.Ready(false, "no partitions yet")
	// Membership outlives ctx: others must not take what is being let go.
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { m.renew(life, ttl) })
	wg.Go(func() {
		_ = bus.Members.Watch(ctx, m.Conn, ttl/2, func(es []bus.Entry[[]byte]) {
			members := make([]string, 0, len(es)+1)
			for _, e := range es {
				members = append(members, e.Key)
			}
			m.mu.Lock()
			m.members = members
			m.mu.Unlock()
			m.nudge()
		})
	})
	wg.Go(func() {
		_ = bus.Leases.Watch(ctx, m.Conn, ttl/2, func(es []bus.Entry[[]byte]) {
			leases := map[bus.Partition]lease{}
			for _, e := range es {
				if p, err := bus.ParsePartition(e.Key); err == nil {
					leases[p] = lease{string(e.Value), e.Revision}
				}
			}
			m.mu.Lock()
			m.leases = leases
			m.mu.Unlock()
			m.nudge()
		})
	})
	// Owners live in life, so that they end by being told, not by ctx.
	for ctx.Err() == nil {
		m.rebalance(life)
		t := time.NewTimer(ttl / 4)
		select {
		case <-ctx.Done():
		case <-t.C:
		case <-m.wake:
		}
		t.Stop()
	}
	m.mu.Lock()
	for _, t := range m.running {
		t.releasing = true
		t.cancel(nil)
	}
	m.mu.Unlock()
	m.owners.Wait()
	end()
	wg.Wait()
	bye, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := bus.Members.Delete(bye, m.Conn, m.Instance, 0); err != nil {
		m.Log.Warn("membership not ended; the others notice by themselves", "err", err)
	}
	return nil
}

// renew keeps this evaluator a member.
func (m *Manager) renew(ctx context.Context, ttl time.Duration) {
	for ctx.Err() == nil {
		try, cancel := context.WithTimeout(ctx, ttl/2)
		_, err := bus.Members.Put(try, m.Conn, m.Instance, []byte("1"))
		cancel()
		switch {
		case err == nil:
			m.mu.Lock()
			first := m.renewed.IsZero()
			m.renewed = time.Now()
			m.mu.Unlock()
			if first {
				m.nudge()
			}
			m.Ready(true, "")
		case ctx.Err() == nil:
			m.Log.Warn("membership not renewed, again", "err", err)
			m.mu.Lock()
			late := time.Since(m.renewed) > ttl
			m.mu.Unlock()
			if late {
				m.Ready(false, "its membership could not be renewed")
			}
		}
		if wait.For(ctx, ttl/4) != nil {
			return
		}
	}
}

// rebalance starts to own what is this evaluator's and not somebody else's,
// and lets go of what is not.
func (m *Manager) rebalance(ctx context.Context) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.members == nil || m.leases == nil || m.renewed.IsZero() {
		return
	}
	members := m.members
	if !slices.Contains(members, m.Instance) && time.Since(m.renewed) < bus.EvaluatorMembers.TTL {
		members = append(slices.Clone(members), m.Instance)
	}
	target := Assign(members)
	owned := 0
	for p := range bus.Partition(bus.Partitions) {
		l, leased := m.leases[p]
		t := m.running[p]
		mine := target[p] == m.Instance
		switch {
		case t != nil && t.epoch > 0 && leased && l.revision > t.epoch:
			t.cancel(errFenced)
		case t != nil && !mine && !t.releasing:
			t.releasing = true
			t.cancel(nil)
		case t == nil && mine && (!leased || l.owner == m.Instance || !slices.Contains(members, l.owner)):
			m.begin(ctx, p, l)
		}
		if t != nil && t.epoch > 0 {
			owned++
		}
	}
	m.Metrics.owned.Set(float64(owned))
}

// begin claims a partition and owns it, in a goroutine of its own. The caller
// holds m.mu.
func (m *Manager) begin(ctx context.Context, p bus.Partition, was lease) {
	ctx, cancel := context.WithCancelCause(ctx)
	t := &tenure{cancel: cancel}
	m.running[p] = t
	m.owners.Go(func() {
		defer cancel(nil)
		err := m.own(ctx, p, t, was)
		again := time.Second
		switch {
		case err == nil, ctx.Err() != nil && errors.Is(err, context.Canceled):
		case errors.Is(err, errFenced):
			m.Metrics.fenced.Inc()
			m.Log.Info("partition is another owner's", "partition", p.String(), "err", err)
		case errors.Is(err, bus.ErrConflict):
			again = 100 * time.Millisecond // somebody else claimed it first
		default:
			m.Log.Warn("partition let go, claimed again soon", "partition", p.String(), "err", err)
		}
		if err != nil {
			_ = wait.For(ctx, again) // a release does not wait for this
		}
		m.mu.Lock()
		delete(m.running, p)
		m.mu.Unlock()
		m.nudge()
	})
}

// own claims, owns, and frees the lease when told to release.
func (m *Manager) own(ctx context.Context, p bus.Partition, t *tenure, was lease) error {
	epoch, err := m.claim(ctx, p, was)
	if err != nil {
		return err
	}
	m.mu.Lock()
	t.epoch = epoch
	m.mu.Unlock()
	o := &owner{conn: m.Conn, log: m.Log, p: p, epoch: epoch, instance: m.Instance, rules: m.Rules, calendar: m.Calendar, budget: m.Budget, met: m.Metrics,
		history: m.History, wake: make(chan struct{}, 1)}
	err = o.run(ctx)
	m.mu.Lock()
	releasing := t.releasing
	m.mu.Unlock()
	if !releasing || errors.Is(err, errFenced) {
		return err
	}
	// Whatever became of the snapshot, the next owner may come: it replays.
	free, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if ferr := bus.Leases.Delete(free, m.Conn, p.String(), epoch); ferr != nil {
		return errors.Join(err, ferr)
	}
	m.mu.Lock()
	if l := m.leases[p]; l.revision == epoch { // until the watch says so
		delete(m.leases, p)
	}
	m.mu.Unlock()
	return err
}

// claim makes the lease ours; its revision is the epoch.
func (m *Manager) claim(ctx context.Context, p bus.Partition, was lease) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	switch {
	case was.revision == 0:
		return bus.Leases.Create(ctx, m.Conn, p.String(), []byte(m.Instance))
	case was.owner == m.Instance:
		return was.revision, nil
	}
	return bus.Leases.Update(ctx, m.Conn, p.String(), []byte(m.Instance), was.revision)
}

func (m *Manager) nudge() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}
