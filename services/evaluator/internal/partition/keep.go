package partition

import (
	"context"
	"errors"
	"fmt"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/internal/incident"
	"github.com/parley-ops/parley/services/internal/bus"
)

const (
	// snapshotEvery costs a synced write of the whole state each time; reading a
	// minute of log again costs a new owner some milliseconds.
	snapshotEvery = time.Minute
	// snapshotFirst is by when a new owner has written its first, so that what
	// it found in a log that was cut is settled soon.
	snapshotFirst = 10 * time.Second
	maxSince      = 5000
	// tickAgain is after how long a tick that did not help is sent again.
	tickAgain = time.Second
	// settled is how long an owner waits before it thinks that what is in force
	// will not change by itself.
	settled = 3 * time.Second
)

// keeper is what keep remembers between two looks.
type keeper struct {
	nextSnapshot time.Time
	size         int
	deadline     time.Time // last ticked for
	ticks        int
	nextTick     time.Time
	published    uint64 // revision of the policies last published
	publishedAt  time.Time
	started      time.Time
	windows      sent
	budget       sent
}

// keep does what is due by the clock: snapshots, ticks, policies, maintenance windows,
// budgets. The clock
// decides only when something is published; what it means is decided by the
// stream's time.
func (o *owner) keep(ctx context.Context) error {
	now := time.Now()
	k := &keeper{started: now, nextSnapshot: now.Add(snapshotFirst * time.Duration(o.p+1) / bus.Partitions)}
	for {
		_, changed := o.rules.Current()
		_, replanned := o.calendar.Current()
		_, recounted := o.budget.Current()
		next, err := o.look(ctx, k)
		if err != nil {
			return err
		}
		t := time.NewTimer(time.Until(next))
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		case <-o.wake:
		case <-changed:
		case <-replanned:
		case <-recounted:
		}
		t.Stop()
	}
}

// look does what is due and returns when to look again.
func (o *owner) look(ctx context.Context, k *keeper) (time.Time, error) {
	now := time.Now()
	o.mu.Lock()
	deadline, has := o.state.NextDeadline()
	since := o.since
	digest, revision := o.state.Policies()
	windows, budget, sequence := o.state.Windows(), o.state.Budget(), o.seq
	o.measure()
	o.mu.Unlock()

	if since >= maxSince || !now.Before(k.nextSnapshot) {
		if since > 0 {
			if err := o.snapshot(ctx); errors.Is(err, errFenced) {
				return now, err
			} else if err != nil && ctx.Err() == nil {
				o.log.Warn("snapshot not written, again later", "partition", o.p.String(), "err", err)
			}
		}
		k.nextSnapshot = time.Now().Add(snapshotEvery)
	}
	next := k.nextSnapshot
	if has {
		next = earlier(next, o.tick(k, deadline))
	}
	next = earlier(next, o.policies(ctx, k, digest, revision))
	if want, _ := o.calendar.Current(); want != nil {
		next = earlier(next, o.agree(&k.windows, "maintenance", windows, incident.WindowsDigest(want), sequence,
			&eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Maintenance{Maintenance: want}}))
	}
	want, _ := o.budget.Current()
	return earlier(next, o.agree(&k.budget, "budget", budget, incident.BudgetDigest(want), sequence,
		&eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Budget{Budget: want}})), nil
}

func earlier(a, b time.Time) time.Time {
	if !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// tick publishes a tick when a deadline is over and no entry said so, and
// returns when to look again.
func (o *owner) tick(k *keeper, deadline time.Time) time.Time {
	now := time.Now()
	if now.Before(deadline) {
		return deadline
	}
	if now.Before(k.nextTick) && deadline.Equal(k.deadline) {
		return k.nextTick
	}
	if !deadline.Equal(k.deadline) {
		k.deadline, k.ticks = deadline, 0
	}
	k.ticks++
	k.nextTick = now.Add(tickAgain)
	o.out.offer(item{id: fmt.Sprintf("tick/%s/%d/%d", o.p, deadline.UnixMilli(), k.ticks),
		control: &eventv1.PartitionEntry{Entry: &eventv1.PartitionEntry_Tick{Tick: &eventv1.Tick{}}}})
	return k.nextTick
}

// policies publishes that another set is to be in force, and returns when to
// look again.
func (o *owner) policies(ctx context.Context, k *keeper, digest string, revision uint64) time.Time {
	now := time.Now()
	want, _ := o.rules.Current()
	if want.Set == nil || want.Set.Digest == digest || digest == "" && len(want.Set.Policies) == 0 {
		return time.Time{}
	}
	if want.Revision <= revision {
		if now.Sub(k.started) < settled {
			return k.started.Add(settled)
		}
		if err := o.rules.Raise(ctx, want.Set.Digest, revision); err != nil && ctx.Err() == nil {
			o.log.Warn("policies not raised, again later", "partition", o.p.String(), "err", err)
		}
		return now.Add(settled)
	}
	if k.published == want.Revision && now.Sub(k.publishedAt) < settled {
		return k.publishedAt.Add(settled)
	}
	k.published, k.publishedAt = want.Revision, now
	o.out.offer(item{id: fmt.Sprintf("policies/%s/%d", o.p, want.Revision), control: &eventv1.PartitionEntry{
		Entry: &eventv1.PartitionEntry_Policies{Policies: &eventv1.PolicySetChanged{Digest: want.Set.Digest, Revision: want.Revision}}}})
	return now.Add(settled)
}

// sent is what was last put into the log, and when.
type sent struct {
	digest uint64
	at     time.Time
}

// agree puts an entry into the log that makes what is in force there what is wanted
// here, and returns when to look again. Who has the partition does so until it is,
// so that the last word is its own.
func (o *owner) agree(last *sent, what string, inForce, wanted, sequence uint64, entry *eventv1.PartitionEntry) time.Time {
	now := time.Now()
	if wanted == inForce {
		return time.Time{}
	}
	if last.digest == wanted && now.Sub(last.at) < settled {
		return last.at.Add(settled)
	}
	*last = sent{wanted, now}
	o.out.offer(item{id: fmt.Sprintf("%s/%s/%016x/%d", what, o.p, wanted, sequence), control: entry})
	return now.Add(settled)
}

// snapshot writes the state if it changed, after all that it covers is stored.
func (o *owner) snapshot(ctx context.Context) error {
	start := time.Now()
	o.order.Lock()
	o.mu.RLock()
	since := o.since
	m := manifest{epoch: o.epoch, seq: o.seq, stored: o.stored}
	if since > 0 {
		m.state = o.state.Snapshot()
	}
	o.mu.RUnlock()
	if since == 0 || o.unsaid {
		o.order.Unlock()
		return nil
	}
	stored := o.out.mark(ctx)
	o.order.Unlock()
	if err := o.out.wait(ctx, stored); err != nil {
		return err
	}
	old := o.object
	if len(m.state) > maxInline {
		m.object = fmt.Sprintf("%s-%d-%d", o.p, o.epoch, m.seq)
		if err := bus.PutObject(ctx, o.conn, bus.EvaluatorSnapshots, m.object, m.state); err != nil {
			return err
		}
	}
	if err := o.commit(ctx, m); err != nil {
		if m.object != "" && m.object != old && errors.Is(err, errFenced) {
			_ = bus.DeleteObject(ctx, o.conn, bus.EvaluatorSnapshots, m.object)
		}
		return err
	}
	o.object = m.object
	if old != "" && old != m.object {
		_ = bus.DeleteObject(ctx, o.conn, bus.EvaluatorSnapshots, old)
	}
	o.mu.Lock()
	o.since = max(0, o.since-since)
	o.mu.Unlock()
	o.met.snapshotSeconds.Observe(time.Since(start).Seconds())
	o.met.snapshotBytes.Observe(float64(len(m.state)))
	return nil
}
