package queue

import (
	"context"
	"slices"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// never is how long to wait when only a nudge can bring work.
const never = time.Hour

// once does the most urgent thing that may be done now, or returns how long to
// wait for one.
func (l *lane) once(ctx context.Context) time.Duration {
	now := l.s.Now()
	l.s.met.waiting.WithLabelValues(l.channel).Set(float64(l.length()))
	if l.rereads() {
		if err := l.readGroups(ctx); err != nil {
			l.s.Log.Warn("groups not read", "channel", l.channel, "err", err)
		}
	}
	if g := l.unrecorded(); g != nil {
		return l.recordGroup(ctx, g)
	}
	l.shelve(ctx)
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
	if l.gather() {
		return 0
	}
	if g := l.unposted(now, &wait); g != nil {
		if w := posts.wait(now, 1); w > 0 {
			wait = min(wait, w)
		} else {
			return l.postGroup(ctx, g, posts)
		}
	}
	it, more := l.firstFresh(now, &wait)
	if more > tooMany && l.waitLong(now) && l.fold() {
		return 0
	}
	if it != nil {
		w := posts.wait(now, 1)
		if w == 0 {
			if l.overLimit(ctx, it) {
				return 0
			}
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
	if g := l.unlined(now, &wait); g != nil {
		if w := posts.wait(now, 2); w > 0 {
			wait = min(wait, w)
		} else {
			return l.lineGroup(ctx, g, posts)
		}
	}
	return wait
}

// waitLong reports whether new incidents, but the one that is being tried, have
// waited too long.
func (l *lane) waitLong(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.fresh, func(it *item) bool { return !l.placed(it.id) && !it.follows && now.Sub(it.came) > tooLong })
}

func (l *lane) rereads() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	again := l.again
	l.again = false
	return again
}

func (l *lane) length() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.byID)
}

// firstFresh returns the first new incident that may go now, and how many wait.
// Nobody overtakes one that failed, unless the chat took something else since
// then: the fault is the chat's, and they are to be told in order.
func (l *lane) firstFresh(now time.Time, wait *time.Duration) (*item, int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, it := range l.fresh {
		if it.after.After(now) {
			*wait = min(*wait, it.after.Sub(now))
			if it.tries > 0 && !l.good.After(it.tried) && now.Sub(it.came) < patience {
				return nil, len(l.fresh)
			}
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
		switch l.peek(ctx, it) {
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

// glance is what a record and a change, by their numbers, were found to need.
type glance struct {
	revision uint64
	version  uint32
	kind     record.StepKind
}

// peek returns the kind of the incident's next step as far as memory tells;
// Nothing also when it has to be looked up. Records are decoded once: very many
// may wait.
func (l *lane) peek(ctx context.Context, it *item) record.StepKind {
	revision := l.s.Store.Revision(it.id)
	if revision == 0 {
		if it.sure {
			return record.PostRoot
		}
		return record.Nothing
	}
	l.mu.Lock()
	c := it.change
	l.mu.Unlock()
	if it.seen.revision == revision && it.seen.version == c.GetVersion() {
		return it.seen.kind
	}
	r, err := l.s.Store.Get(ctx, it.id)
	if err != nil || r == nil {
		return record.Nothing
	}
	held := r.Held
	if held && r.Open() && !l.s.quiet(r.Incident(), l.s.Now()) {
		r.Held = false
	}
	if c.GetVersion() > r.Version && r.Mute == nil {
		r.Apply(c)
	}
	kind := r.Next(r.Place(l.channel)).Kind
	if !held { // else it depends on the time as well
		it.seen = glance{revision: revision, version: c.GetVersion(), kind: kind}
	}
	return kind
}
