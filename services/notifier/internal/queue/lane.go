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

// patience is how long those behind wait for a new incident that the chat does
// not take, while it takes nothing else either.
const patience = 15 * time.Minute

// tooLong is how long so many wait at most for a chat that answers slowly, until
// they become a group all the same.
const tooLong = 3 * time.Second

// item is one incident that has something to be done in a lane.
type item struct {
	id     string
	change *eventv1.IncidentChanged // the newest not applied yet; may be nil
	// rec is the record of a group's member that has one, for what it shows of it.
	rec *record.Record
	// key of the group that it belongs to by the rules; "": to none.
	key string
	// follows: the message of its key's lead is waited for, which it is to join.
	follows bool
	// group is the key of the group that it joins with a record of its own.
	group string
	// sure: it is certain that nothing is known of this incident.
	sure  bool
	dones []func(error)
	// again: something came while it was being worked on.
	again bool
	came  time.Time
	after time.Time // not before
	tried time.Time // when it last failed
	tries int
	seen  glance // of the lane's own goroutine
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
	fresh  []*item // new incidents, in the order in which they opened
	dirty  []*item // everything else
	groups []*group
	member map[string]*group
	// recorded members have a record of their own; keyed are the groups by what
	// their incidents have in common.
	recorded map[string]bool
	keyed    map[string]pointer
	again    bool // read the groups again

	// Only the lane's own goroutine uses what follows.
	where  where
	unsure map[string]bool      // posts that may have happened
	asked  map[string]time.Time // when people were named to approve, by run
	edits  *bucket              // for Retry-After of edits in this channel
	reload time.Time            // when groups were last read
	down   time.Time            // no channel to write to until then
	good   time.Time            // when the chat last took something
}

func newLane(s *Sender, channel string) *lane {
	return &lane{s: s, channel: channel, wake: make(chan struct{}, 1), byID: map[string]*item{}, member: map[string]*group{}, recorded: map[string]bool{}, keyed: map[string]pointer{},
		unsure: map[string]bool{}, asked: map[string]time.Time{}, edits: newBucket(10, 10)}
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
	if g := l.member[it.id]; g != nil && it.change != nil && !l.recorded[it.id] && !l.placed(it.id) {
		g.pending = append(g.pending, it)
		return
	}
	l.byID[it.id], it.came = it, l.s.Now()
	if it.change != nil {
		it.key, _ = l.s.rules(it.change, l.channel).Group.Key(it.change)
	}
	if it.sure && !l.asks(it) && !l.flaps(it) && !l.waits(it) && !l.placed(it.id) && !l.s.quiet(it.change, l.s.Now()) {
		l.queue(it)
		return
	}
	l.dirty = append(l.dirty, it)
}

// queue puts a new incident where it belongs by the time it opened: what is
// delivered again after an outage comes back in any order. mu is held.
func (l *lane) queue(it *item) {
	at := it.change.GetOpenedAt().AsTime()
	i := len(l.fresh)
	for i > 0 && l.fresh[i-1].change.GetOpenedAt().AsTime().After(at) {
		i--
	}
	l.fresh = slices.Insert(l.fresh, i, it)
}

// placed reports whether a record in memory says that the incident has a message
// in this channel, its own or a group's, or may have one.
func (l *lane) placed(id string) bool {
	if !l.s.Store.Known(id) {
		return false
	}
	r, err := l.s.Store.Get(context.Background(), id) // from memory: it is known
	return err == nil && r != nil && !untouched(r, l.channel)
}

// mostAsking bounds the questions to owners that wait for a message of their
// own: more than that become a group like others.
const mostAsking = 20

// asks reports whether the incident asks its owner something, for which it
// needs a message of its own. mu is held.
func (l *lane) asks(it *item) bool {
	if it.change.GetAsk() == nil {
		return false
	}
	n := 0
	for _, o := range l.dirty {
		if o.change.GetAsk() != nil {
			n++
		}
	}
	return n < mostAsking
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
	it.tried = l.s.Now()
	it.after = it.tried.Add(d)
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
