package queue

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/wait"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// unposted returns a group that has no message yet.
func (l *lane) unposted(now time.Time, wait *time.Duration) *group {
	for _, g := range l.groups {
		if g.revision == 0 || g.head.Root.TS != "" || len(g.byID) == 0 {
			continue
		}
		if g.after.After(now) {
			*wait = min(*wait, g.after.Sub(now))
			continue
		}
		return g
	}
	return nil
}

// stale returns a group whose message does not show what it should.
func (l *lane) stale(now time.Time, wait *time.Duration) *group {
	for _, g := range l.groups {
		if g.head.Root.TS == "" || g.head.Root.Rev == g.head.Rev || len(g.byID) == 0 {
			continue
		}
		next := g.edited.Add(editEvery)
		if g.after.After(next) {
			next = g.after
		}
		if next.After(now) {
			*wait = min(*wait, next.Sub(now))
			continue
		}
		return g
	}
	return nil
}

// postGroup posts a group's message, with a claim before and its id after.
func (l *lane) postGroup(ctx context.Context, g *group, posts *bucket) time.Duration {
	now := l.s.Now()
	var since time.Time
	key := chat.Key{Incident: bus.IncidentGroups.Prefix + g.key, Part: record.RootPart}
	if c := g.head.Root.Claim; c != nil {
		if c.By != l.s.Self && now.Sub(c.At) < staleClaim {
			g.after = c.At.Add(staleClaim)
			return 0
		}
		if c.By != l.s.Self || l.unsure[unsureKey(key.Incident, key.Part)] {
			since = c.Since
		}
	}
	err := l.writeHead(ctx, g, func(h *head) {
		claim := &record.Claim{By: l.s.Self, At: now, Since: now}
		if h.Root.Claim != nil {
			claim.Since = h.Root.Claim.Since
		}
		h.Root.Claim = claim
		if h.ID == "" {
			h.ID, h.Note = l.where.id, l.where.note
		}
	})
	if err != nil {
		return l.groupFailed(ctx, g, err, true, posts)
	}
	rev := g.head.Rev
	ts, found, err := l.send(ctx, chat.Post{ChannelID: g.head.ID, Key: key, Content: l.naming(l.groupContent(ctx, g), g.head.Told)}, since, posts)
	if err != nil {
		return l.groupFailed(ctx, g, err, true, posts)
	}
	g.edited = l.s.Now()
	if found {
		rev = 0 // it shows what it did when it was posted
	}
	return l.groupNoted(ctx, g, func(h *head) { h.Root = record.Sent{TS: ts, Rev: rev} })
}

// updateGroup edits a group's message.
func (l *lane) updateGroup(ctx context.Context, g *group) time.Duration {
	l.s.updates.take(l.s.Now())
	g.edited = l.s.Now()
	rev := g.head.Rev
	key := chat.Key{Incident: bus.IncidentGroups.Prefix + g.key, Part: record.RootPart}
	post := chat.Post{ChannelID: g.head.ID, Key: key, Content: l.groupContent(ctx, g)}
	ts, err := chat.Edit(ctx, l.s.Backend, post, g.head.Root.TS)
	if errors.Is(err, chat.ErrRefused) {
		l.s.met.refusedContent.Inc()
		l.s.Log.Error("edit refused by the chat, sending its text alone", "channel", l.channel, "group", g.key, "err", err)
		post.Content = plain(post.Content)
		ts, err = chat.Edit(ctx, l.s.Backend, post, g.head.Root.TS)
	}
	if err != nil {
		return l.groupFailed(ctx, g, err, false, l.edits)
	}
	return l.groupNoted(ctx, g, func(h *head) { h.Root.TS, h.Root.Rev = ts, rev })
}

// groupNoted stores what happened, for as long as it takes.
func (l *lane) groupNoted(ctx context.Context, g *group, do func(*head)) time.Duration {
	pause := wait.Pause{Last: 5 * time.Second}
	for {
		err := l.writeHead(ctx, g, do)
		if err == nil {
			g.tries = 0
			return 0
		}
		if errors.Is(err, bus.ErrConflict) {
			err = errors.Join(err, l.readGroup(ctx, g))
		}
		l.s.Log.Warn("group not stored, again", "channel", l.channel, "group", g.key, "err", err)
		if pause.Wait(ctx) != nil {
			return 0
		}
	}
}

func (l *lane) groupFailed(ctx context.Context, g *group, err error, post bool, b *bucket) time.Duration {
	var limited *chat.RateLimited
	now := l.s.Now()
	switch {
	case errors.As(err, &limited):
		l.limited(now, limited.After, post, b)
		return 0
	case errors.Is(err, bus.ErrConflict):
		err = errors.Join(err, l.readGroup(ctx, g))
	case errors.Is(err, chat.ErrPicture):
		if err = l.groupPictureRefused(ctx, g, err); err == nil {
			return 0
		}
		g.unsound = true
	case errors.Is(err, chat.ErrGone):
		return l.groupNoted(ctx, g, func(h *head) { h.Root = record.Sent{} })
	case errors.Is(err, chat.ErrNoChannel):
		l.unavailable(err)
		if post {
			l.groupNoted(ctx, g, func(h *head) { h.ID, h.Note = "", "" })
		}
	}
	g.tries++
	g.after = now.Add(min(250*time.Millisecond<<min(g.tries, 8), 30*time.Second))
	l.s.Log.Warn("sending again", "channel", l.channel, "group", g.key, "attempt", g.tries, "err", err)
	return 0
}

// lookUp finds out what is stored of an incident that is not sure to be new:
// a record, or membership in a group: who has a message of its own in one channel
// may be one of many in another. It reports whether the item went
// elsewhere.
func (l *lane) lookUp(ctx context.Context, it *item) (moved bool, err error) {
	r, err := l.s.Store.Get(ctx, it.id)
	if err != nil || r != nil && (it.change == nil || r.Held || !untouched(r, l.channel)) {
		return false, err
	}
	if l.groupOf(it.id) == "" && l.s.Now().Sub(l.reload) > time.Second {
		l.reload = l.s.Now()
		if err := l.readGroups(ctx); err != nil {
			return false, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch g := l.member[it.id]; {
	case g != nil && it.change != nil:
		l.drop(it)
		g.pending = append(g.pending, it)
		return true, nil
	case it.change == nil || r != nil: // it is told elsewhere, and not yet here
		return false, nil
	case it.change.GetState() == resolvedState && it.tries < 5:
		// It was never told. Perhaps another instance is about to.
		it.tries++
		it.after = l.s.Now().Add(2 * time.Second)
		return true, nil
	}
	it.sure = true
	if it.change.GetState() != resolvedState && !l.s.quiet(it.change, l.s.Now()) {
		l.dirty = slices.DeleteFunc(l.dirty, func(o *item) bool { return o == it })
		l.queue(it)
		return true, nil
	}
	return false, nil
}

// readGroups reads the channel's groups, also those of other instances.
func (l *lane) readGroups(ctx context.Context) error {
	all, err := l.s.Groups.List(ctx)
	if err != nil {
		return err
	}
	l.learn(all)
	return nil
}

// learn takes over stored groups that are not in memory, or newer than there.
func (l *lane) learn(all []bus.Entry[[]byte]) {
	heads, chunks := parseGroups(all)
	for key, h := range heads {
		if h.value.Channel != l.channel {
			continue
		}
		l.mu.Lock()
		i := slices.IndexFunc(l.groups, func(g *group) bool { return g.key == key })
		var g *group
		if i >= 0 {
			g = l.groups[i]
		} else {
			g = &group{key: key}
			l.groups = append(l.groups, g)
		}
		newer := h.revision > g.revision && !over(h, chunks[key], l.s.Now())
		l.mu.Unlock()
		if newer {
			l.take(g, h.value, h.revision, chunks[key])
		}
	}
}

// over reports whether nothing will happen to the group any more.
func over(h storedHead, chunks []*chunk, now time.Time) bool {
	if h.value.Root.TS == "" || h.value.Root.Rev != h.value.Rev || now.Sub(h.value.At) < day {
		return false
	}
	for _, k := range chunks {
		if slices.ContainsFunc(k.members, func(m *message.Member) bool { return m.End == 0 }) {
			return false
		}
	}
	return true
}

const day = 24 * time.Hour

type storedHead struct {
	value    head
	revision uint64
}

// parseGroups sorts out the records of groups.
func parseGroups(all []bus.Entry[[]byte]) (map[string]storedHead, map[string][]*chunk) {
	heads, chunks := map[string]storedHead{}, map[string][]*chunk{}
	byKey := map[string]map[int]*chunk{}
	for _, e := range all {
		parts := strings.Split(e.Key, ".")
		switch len(parts) {
		case 2:
			h := storedHead{revision: e.Revision}
			if json.Unmarshal(e.Value, &h.value) == nil {
				heads[e.Key] = h
			}
		case 3:
			n, err := strconv.Atoi(parts[2])
			k := &chunk{revision: e.Revision}
			if err != nil || json.Unmarshal(e.Value, &k.members) != nil {
				continue
			}
			key := parts[0] + "." + parts[1]
			if byKey[key] == nil {
				byKey[key] = map[int]*chunk{}
			}
			byKey[key][n] = k
		}
	}
	for key, ks := range byKey {
		for i := 0; ks[i] != nil; i++ {
			chunks[key] = append(chunks[key], ks[i])
		}
	}
	return heads, chunks
}

// adopt makes the lanes know the groups that are stored.
func (s *Sender) adopt(ctx context.Context) error {
	all, err := s.Groups.List(ctx)
	if err != nil {
		return err
	}
	heads, _ := parseGroups(all)
	channels := map[string]bool{}
	for _, h := range heads {
		channels[h.value.Channel] = true
	}
	for ch := range channels {
		l := s.lane(ch)
		l.learn(all)
		l.nudge()
	}
	return nil
}
