package queue

import (
	"context"
	"slices"
	"sync"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// tooMany new incidents waiting become a group.
const tooMany = 3

// item is one incident that has something to be done in a lane.
type item struct {
	id     string
	change *eventv1.IncidentChanged // the newest not applied yet; may be nil
	// sure: it is certain that nothing is known of this incident.
	sure  bool
	dones []func(error)
	// again: something came while it was being worked on.
	again bool
	after time.Time // not before
	tries int
	// pictures is how often its picture was refused.
	pictures int
}

// lane is one channel.
type lane struct {
	s       *Sender
	channel string
	wake    chan struct{}

	mu     sync.Mutex
	ended  error
	byID   map[string]*item
	fresh  []*item // new incidents, in order of arrival
	dirty  []*item // everything else
	groups []*group
	member map[string]*group

	// Only the lane's own goroutine uses what follows.
	where  where
	unsure map[string]bool // posts that may have happened
	edits  *bucket         // for Retry-After of edits in this channel
	reload time.Time       // when groups were last read
	down   time.Time       // no channel to write to until then
}

func newLane(s *Sender, channel string) *lane {
	return &lane{s: s, channel: channel, wake: make(chan struct{}, 1), byID: map[string]*item{}, member: map[string]*group{},
		unsure: map[string]bool{}, edits: newBucket(10, 10)}
}

// offer queues it, or adds it to what is queued for the same incident.
func (l *lane) offer(it *item) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended != nil {
		l.mu.Unlock()
		it.finish(l.ended)
		l.mu.Lock()
		return
	}
	defer l.nudge()
	if there := l.byID[it.id]; there != nil {
		if it.change != nil && it.change.GetVersion() > there.change.GetVersion() {
			there.change = it.change
		}
		there.dones = append(there.dones, it.dones...)
		there.again = true
		l.s.met.coalesced.Inc()
		return
	}
	if g := l.member[it.id]; g != nil && it.change != nil {
		g.pending = append(g.pending, it)
		return
	}
	l.byID[it.id] = it
	if it.sure && !l.s.Store.Known(it.id) && l.s.Silences().Mutes(it.change, time.Now()) == nil {
		l.fresh = append(l.fresh, it)
		return
	}
	l.dirty = append(l.dirty, it)
}

func (l *lane) nudge() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// run works until ctx is done.
func (l *lane) run(ctx context.Context) {
	// What is begun is ended: a call to the chat and the note of it.
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(10*time.Second, cancel) })
	defer stop()
	for ctx.Err() == nil {
		wait := l.once(work)
		if wait <= 0 {
			continue
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-l.wake:
		case <-t.C:
		}
		t.Stop()
	}
	l.fail(errStopping)
}

// never is how long to wait when only a nudge can bring work.
const never = time.Hour

// once does the most urgent thing that may be done now, or returns how long to
// wait for one.
func (l *lane) once(ctx context.Context) time.Duration {
	now := time.Now()
	l.s.met.waiting.WithLabelValues(l.channel).Set(float64(l.length()))
	if g := l.unrecorded(); g != nil {
		return l.recordGroup(ctx, g)
	}
	var id string
	err := error(nil)
	if !now.Before(l.down) {
		if id, err = l.resolve(ctx); err != nil {
			l.down = now.Add(l.s.trouble(l.channel, err))
		}
	}
	if now.Before(l.down) {
		// Nowhere to send to; a storm is made durable nevertheless.
		if l.fold() {
			return 0
		}
		return l.down.Sub(now)
	}
	posts := l.s.bucketOf(id)
	wait := never
	if g := l.unposted(now, &wait); g != nil {
		if w := posts.wait(now, 1); w > 0 {
			wait = min(wait, w)
		} else {
			return l.postGroup(ctx, g, posts)
		}
	}
	if it, more := l.firstFresh(now, &wait); it != nil {
		w := posts.wait(now, 1)
		if w == 0 {
			return l.advance(ctx, it, posts)
		}
		if more > tooMany && l.fold() {
			return 0
		}
		wait = min(wait, w)
	}
	if it, w := l.firstDirty(ctx, now, posts); it != nil {
		return l.advance(ctx, it, posts)
	} else {
		wait = min(wait, w)
	}
	if g := l.stale(now, &wait); g != nil {
		if w := max(l.s.updates.wait(now, 1), l.edits.wait(now, 1)); w > 0 {
			wait = min(wait, w)
		} else {
			return l.updateGroup(ctx, g)
		}
	}
	return wait
}

func (l *lane) length() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.byID)
}

// firstFresh returns the first new incident that may go now, and how many wait.
func (l *lane) firstFresh(now time.Time, wait *time.Duration) (*item, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, it := range l.fresh {
		if it.after.After(now) {
			*wait = min(*wait, it.after.Sub(now))
			continue
		}
		return it, len(l.fresh)
	}
	return nil, len(l.fresh)
}

// firstDirty returns the first incident whose next step may be done now.
// Threads leave one post of the channel's rate to new incidents.
func (l *lane) firstDirty(ctx context.Context, now time.Time, posts *bucket) (*item, time.Duration) {
	l.mu.Lock()
	dirty := slices.Clone(l.dirty)
	l.mu.Unlock()
	wait := never
	var thread *item
	for _, it := range dirty {
		if it.after.After(now) {
			wait = min(wait, it.after.Sub(now))
			continue
		}
		w := time.Duration(0)
		switch l.peek(ctx, it).Kind {
		case record.PostRoot:
			w = posts.wait(now, 1)
		case record.UpdateRoot, record.UpdateReply:
			w = max(l.s.updates.wait(now, 1), l.edits.wait(now, 1))
		case record.PostLines, record.PostReply:
			if w = posts.wait(now, 2); w == 0 {
				if thread == nil {
					thread = it
				}
				continue
			}
		}
		if w == 0 {
			return it, 0
		}
		wait = min(wait, w)
	}
	return thread, wait
}

// peek returns the incident's next step as far as memory tells; Nothing also
// when it has to be looked up.
func (l *lane) peek(ctx context.Context, it *item) record.Step {
	if !l.s.Store.Known(it.id) {
		return record.Step{}
	}
	r, err := l.s.Store.Get(ctx, it.id)
	if err != nil || r == nil {
		return record.Step{}
	}
	l.mu.Lock()
	c := it.change
	l.mu.Unlock()
	if r.Held && r.Open() && l.s.Silences().Mutes(r.Incident(), time.Now()) == nil {
		r.Held = false
	}
	if c.GetVersion() > r.Version && r.Mute == nil {
		r.Apply(c)
	}
	return r.Next(r.Place(l.channel))
}

// settle calls what waits for the item. The item itself stays if threads are
// left to be written.
func (l *lane) settle(it *item, version uint32, left bool) {
	l.mu.Lock()
	if it.change.GetVersion() > version || it.again {
		it.again = false
		l.later(it)
		l.mu.Unlock()
		l.nudge()
		return
	}
	dones := it.dones
	it.dones = nil
	if left {
		l.later(it)
	} else {
		l.drop(it)
	}
	l.mu.Unlock()
	for _, done := range dones {
		done(nil)
	}
}

// later puts the item at the end of what is not new any more. mu is held.
func (l *lane) later(it *item) {
	l.fresh = slices.DeleteFunc(l.fresh, func(o *item) bool { return o == it })
	l.dirty = append(slices.DeleteFunc(l.dirty, func(o *item) bool { return o == it }), it)
}

// drop forgets the item. mu is held.
func (l *lane) drop(it *item) {
	delete(l.byID, it.id)
	l.fresh = slices.DeleteFunc(l.fresh, func(o *item) bool { return o == it })
	l.dirty = slices.DeleteFunc(l.dirty, func(o *item) bool { return o == it })
}

// retry lets the item wait, longer each time.
func (l *lane) retry(it *item, err error) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := min(250*time.Millisecond<<min(it.tries, 8), 30*time.Second)
	it.tries++
	it.after = time.Now().Add(d)
	l.s.met.retries.Inc()
	l.s.Log.Warn("sending again", "channel", l.channel, "incident", it.id, "attempt", it.tries, "after", d.String(), "err", err)
	return 0
}

// fail ends the lane: what is not done is not.
func (l *lane) fail(err error) {
	l.mu.Lock()
	l.ended = err
	var all []*item
	for _, it := range l.byID {
		all = append(all, it)
	}
	for _, g := range l.groups {
		all = append(all, g.pending...)
		g.pending = nil
	}
	l.byID, l.fresh, l.dirty = map[string]*item{}, nil, nil
	l.mu.Unlock()
	for _, it := range all {
		it.finish(err)
	}
}

func (it *item) finish(err error) {
	for _, done := range it.dones {
		done(err)
	}
	it.dones = nil
}
