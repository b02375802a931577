package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/route"
)

const (
	// chunkSize is how many members one record lists.
	chunkSize = 1000
	// groupOpen is after how long without a new member a group takes no more.
	groupOpen = 5 * time.Minute
	// editEvery is how often a group's message is edited at most.
	editEvery = 2 * time.Second
	// mostCauses of other incidents keep their own messages in a storm.
	mostCauses = 10
)

// head is a group's record, under its key.
type head struct {
	Channel string      `json:"channel"`
	ID      string      `json:"id,omitempty"`
	Note    string      `json:"note,omitempty"`
	At      time.Time   `json:"at"`
	Rev     uint64      `json:"rev"`
	Root    record.Sent `json:"root"`
	// Told are those whom its first message names.
	Told []string `json:"told,omitempty"`
	// Limit makes it a digest: what a channel was told beyond it.
	Limit *route.Limit `json:"limit,omitempty"`
	// Key is what its incidents have in common, Text the same for people; empty:
	// it is a storm's. Lead is the one whose message became the group's.
	Key  string `json:"key,omitempty"`
	Text string `json:"text,omitempty"`
	Lead string `json:"lead,omitempty"`
	// Wait is how long more members are gathered before the thread is told.
	Wait time.Duration `json:"wait,omitempty"`
	// Ack is who took all of it.
	Ack *record.Ack `json:"ack,omitempty"`
	// Lines are not in the thread yet; Lined are, and Lining are being posted.
	// More counts those that are too many to be told one by one.
	Lines  []record.Line  `json:"lines,omitempty"`
	Lined  int            `json:"lined,omitempty"`
	Lining *record.Lining `json:"lining,omitempty"`
	More   int            `json:"more,omitempty"`
	// Saying are the changes, by incident and version, that Lines got in the last
	// write: the members in the chunks, written after this, may not have them yet.
	Saying map[string]uint32 `json:"saying,omitempty"`
}

// group is one message for many incidents. Its fields are guarded by the
// lane's mu where other goroutines look: pending, head.Root.TS, key.
type group struct {
	key      string // without the bucket's prefix
	head     head
	revision uint64
	chunks   []*chunk
	byID     map[string]*message.Member
	in       map[string]*chunk
	pending  []*item // changes of members, and new members, not recorded yet
	joined   time.Time
	edited   time.Time
	gathered time.Time // since when lines wait
	after    time.Time
	tries    int
	pictures int // how often its picture was refused
	// unsound: what is in memory may not be what is stored.
	unsound bool
}

type chunk struct {
	revision uint64
	members  []*message.Member
}

// groupOf returns the key of the group that stands for the incident.
func (l *lane) groupOf(id string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if g := l.member[id]; g != nil {
		return g.key
	}
	return ""
}

// fold makes the new incidents that wait members of a group. It reports whether
// there were enough.
func (l *lane) fold() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.fresh) <= tooMany {
		return false
	}
	now := l.s.Now()
	var g *group
	for _, o := range l.groups {
		if o.head.Limit == nil && o.head.Key == "" && now.Sub(o.joined) < groupOpen {
			g = o
		}
	}
	if g == nil {
		g = newGroup(head{Channel: l.channel, At: now})
		l.groups = append(l.groups, g)
	}
	g.joined = now
	var stay []*item
	for _, it := range l.fresh {
		switch {
		case l.s.quiet(it.change, now): // what is to be held back came after it
			l.dirty = append(l.dirty, it)
			continue
		case l.placed(it.id):
			stay = append(stay, it) // it is being told by itself
			continue
		case it.follows:
			stay = append(stay, it) // it is told in its lead's message
			continue
		case len(stay) < mostCauses && l.s.isCause(it.change):
			stay = append(stay, it) // others are listed in its message
			continue
		}
		delete(l.byID, it.id)
		l.member[it.id] = g
		g.pending = append(g.pending, it)
		l.s.met.grouped.Inc()
	}
	folded := len(stay) < len(l.fresh)
	l.fresh = stay
	return folded
}

// unrecorded returns a group with changes to be recorded.
func (l *lane) unrecorded() *group {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.s.Now()
	for _, g := range l.groups {
		if len(g.pending) > 0 && !g.after.After(now) {
			return g
		}
	}
	return nil
}

// recordGroup writes what is pending, the head first: a death in between
// leaves a message that is edited once too often. Then the changes are done.
func (l *lane) recordGroup(ctx context.Context, g *group) time.Duration {
	l.mu.Lock()
	pending := slices.Clone(g.pending)
	l.mu.Unlock()
	if err := l.writeGroup(ctx, g, pending); err != nil {
		g.unsound = g.unsound || g.key != ""
		g.tries++
		g.after = l.s.Now().Add(min(100*time.Millisecond<<min(g.tries, 8), 10*time.Second))
		l.s.Log.Warn("group not stored, again", "channel", l.channel, "group", g.key, "attempt", g.tries, "err", err)
		return min(g.after.Sub(l.s.Now()), time.Second)
	}
	g.tries = 0
	l.mu.Lock()
	g.pending = slices.Clone(g.pending[len(pending):])
	l.mu.Unlock()
	for _, it := range pending {
		it.finish(nil)
	}
	return 0
}

func (l *lane) writeGroup(ctx context.Context, g *group, pending []*item) error {
	if g.unsound {
		if err := l.readGroup(ctx, g); err != nil {
			return err
		}
	}
	var joins, news []*item
	var lines []record.Line
	saying := map[string]uint32{}
	for id, version := range g.head.Saying {
		if m := g.byID[id]; m == nil || m.Version < version {
			saying[id] = version // who wrote it died before the chunk
		}
	}
	say := func(c *eventv1.IncidentChanged, told ...record.Line) {
		if len(told) > 0 && saying[c.GetId()] < c.GetVersion() {
			lines = append(lines, told...)
			if len(lines) <= mostLines { // what is more is only counted
				saying[c.GetId()] = c.GetVersion()
			}
		}
	}
	seen := map[string]bool{}
	for _, it := range slices.Backward(pending) { // the newest of each
		c := it.change
		if c == nil || seen[c.GetId()] {
			continue
		}
		seen[c.GetId()] = true
		switch m := g.byID[c.GetId()]; {
		case m == nil:
			joins = append(joins, it)
		case m.Differs(c) || it.rec != nil && m.DiffersFrom(it.rec):
			news = append(news, it)
			say(c, m.Rise(c)...)
		}
	}
	slices.Reverse(joins)
	if len(joins)+len(news) == 0 {
		return nil
	}
	for _, it := range joins {
		if it.id != g.head.Lead && g.head.Limit == nil { // a digest is to be read once
			say(it.change, message.Joined(it.change))
		}
	}
	if len(lines) > 0 && len(g.head.Lines)+g.head.More == 0 {
		g.gathered = l.s.Now()
	}
	if err := l.writeHead(ctx, g, func(h *head) {
		if h.Rev++; h.Root.TS == "" {
			h.Told = l.names(h.Told, changesOf(joins))
		}
		h.line(lines)
		h.Saying = saying
	}); err != nil {
		return err
	}
	touched := map[*chunk]bool{}
	for _, it := range news {
		g.byID[it.id].Take(it.change)
		g.byID[it.id].Note(it.rec)
		touched[g.in[it.id]] = true
	}
	for _, it := range joins {
		if n := len(g.chunks); n == 0 || len(g.chunks[n-1].members) >= chunkSize {
			g.chunks = append(g.chunks, &chunk{})
		}
		k := g.chunks[len(g.chunks)-1]
		m := message.NewMember(it.change, g.head.Key != "")
		m.Note(it.rec)
		k.members = append(k.members, m)
		g.byID[m.ID], g.in[m.ID] = m, k
		touched[k] = true
	}
	for i, k := range g.chunks {
		if !touched[k] {
			continue
		}
		data, err := json.Marshal(k.members)
		if err == nil {
			k.revision, err = put(ctx, l.s.Groups, g.key+"."+strconv.Itoa(i), data, k.revision)
		}
		if err != nil {
			g.unsound = true
			return err
		}
	}
	return nil
}

// writeHead changes the group's record, which gets its key when it is new.
func (l *lane) writeHead(ctx context.Context, g *group, do func(*head)) error {
	h := g.head
	if g.head.Root.Claim != nil {
		c := *g.head.Root.Claim
		h.Root.Claim = &c
	}
	h.Lines = slices.Clone(h.Lines)
	do(&h)
	data, err := json.Marshal(h)
	if err != nil {
		return err
	}
	key := g.key
	for n := l.s.groupNumber(); key == ""; n++ {
		try := bus.Token(strings.TrimPrefix(l.channel, "#")) + "." + strconv.FormatInt(n, 36)
		rev, err := l.s.Groups.Create(ctx, try, data)
		if errors.Is(err, bus.ErrConflict) {
			continue
		}
		if err != nil {
			return err
		}
		key, g.revision = try, rev
		l.mu.Lock()
		g.key, g.head = key, h
		l.mu.Unlock()
		return nil
	}
	rev, err := l.s.Groups.Update(ctx, key, data, g.revision)
	if err != nil {
		return err
	}
	l.mu.Lock()
	g.revision, g.head = rev, h
	l.mu.Unlock()
	return nil
}

// groupNumber begins where no group of an earlier second can be.
func (s *Sender) groupNumber() int64 { return s.Now().UnixMilli() }

func put(ctx context.Context, groups bus.Keys[[]byte], key string, data []byte, revision uint64) (uint64, error) {
	if revision == 0 {
		return groups.Create(ctx, key, data)
	}
	return groups.Update(ctx, key, data, revision)
}

// readGroup reads the group as it is stored.
func (l *lane) readGroup(ctx context.Context, g *group) error {
	e, err := l.s.Groups.Get(ctx, g.key)
	if err != nil {
		return err
	}
	var h head
	if err := json.Unmarshal(e.Value, &h); err != nil {
		return fmt.Errorf("group %s: %w", g.key, err)
	}
	var chunks []*chunk
	for i := 0; ; i++ {
		e, err := l.s.Groups.Get(ctx, g.key+"."+strconv.Itoa(i))
		if errors.Is(err, bus.ErrNotFound) {
			break
		}
		if err != nil {
			return err
		}
		k := &chunk{revision: e.Revision}
		if err := json.Unmarshal(e.Value, &k.members); err != nil {
			return fmt.Errorf("group %s: %w", g.key, err)
		}
		chunks = append(chunks, k)
	}
	l.take(g, h, e.Revision, chunks)
	return nil
}

// take puts what is stored in the place of what is in memory.
func (l *lane) take(g *group, h head, revision uint64, chunks []*chunk) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g.head, g.revision, g.chunks, g.unsound = h, revision, chunks, false
	g.byID, g.in = map[string]*message.Member{}, map[string]*chunk{}
	for _, k := range chunks {
		for _, m := range k.members {
			g.byID[m.ID], g.in[m.ID] = m, k
			l.member[m.ID] = g
			if m.Recorded {
				l.recorded[m.ID] = true
			}
		}
	}
}
