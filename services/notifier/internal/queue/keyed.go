package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// pointer says which message stands for a key: that of the lead alone until
// there is a group. It is stored, so that all instances agree on the lead before
// any tells it.
type pointer struct {
	Lead  string    `json:"lead"`
	Group string    `json:"group,omitempty"`
	At    time.Time `json:"at"`

	revision uint64
}

const (
	// keyedOpen is for how long a group takes new members: a message of last week
	// is nothing that people look at.
	keyedOpen = 24 * time.Hour
	// mostRecorded is how many members of a group get records of their own, so
	// that they can be acted on and explained whoever answers; those of a larger
	// group are only listed.
	mostRecorded = 50
	// bulk is how many that wait are made members without records.
	bulk = 20
	// leadWithin is how long a lead's message is waited for: as long as it takes
	// another instance to take over from one that died while it posted.
	leadWithin = 2 * time.Minute
)

func (l *lane) pointerNote(key string) string { return "k." + bus.Token(l.channel) + "." + key }

// pointerOf returns what is stored of a key; the zero pointer if nothing is.
func (l *lane) pointerOf(ctx context.Context, key string) (pointer, error) {
	e, err := l.s.Notes.Get(ctx, l.pointerNote(key))
	if errors.Is(err, bus.ErrNotFound) {
		return pointer{}, nil
	}
	if err != nil {
		return pointer{}, err
	}
	var p pointer
	_ = json.Unmarshal(e.Value, &p) // what cannot be read is written anew
	p.revision = e.Revision
	return p, nil
}

// point stores a pointer in the place of another; ErrConflict if that is not
// there any more.
func (l *lane) point(ctx context.Context, key string, before, p pointer) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if before.revision == 0 {
		p.revision, err = l.s.Notes.Create(ctx, l.pointerNote(key), data)
	} else {
		p.revision, err = l.s.Notes.Update(ctx, l.pointerNote(key), data, before.revision)
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keyed[key] = p
	return nil
}

// gather makes new incidents members of the open groups of their keys that are
// in memory: many at a time, without asking. It reports whether there were any.
func (l *lane) gather() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	moved := false
	waiting := len(l.fresh)
	for _, it := range slices.Clone(l.fresh) {
		if it.key == "" || l.asks(it) {
			continue
		}
		p, ok := l.keyed[it.key]
		if !ok || p.Group == "" || p.Lead == it.id {
			continue
		}
		if g := l.groupNamed(p.Group); g != nil && g.takes(l.s.Now()) && (waiting > bulk || len(g.byID) >= mostRecorded) {
			l.into(g, it)
			moved = true
		}
	}
	return moved
}

// into makes the item a member of the group, to be recorded. mu is held.
func (l *lane) into(g *group, it *item) {
	l.drop(it)
	l.member[it.id] = g
	g.joined = l.s.Now()
	g.pending = append(g.pending, it)
	l.s.met.grouped.Inc()
}

// groupNamed returns the group in memory. mu is held.
func (l *lane) groupNamed(key string) *group {
	for _, g := range l.groups {
		if g.key == key {
			return g
		}
	}
	return nil
}

// takes reports whether the group takes new members: while one of it is open.
// mu is held, or it is the lane's own goroutine that asks.
func (g *group) takes(now time.Time) bool {
	if g.unsound || now.Sub(g.head.At) > keyedOpen {
		return false
	}
	return g.open() > 0
}

func (g *group) open() int {
	n := 0
	for _, k := range g.chunks {
		for _, m := range k.members {
			if m.End == 0 {
				n++
			}
		}
	}
	return n
}

// join makes a new incident a member of the group that its key belongs to, if
// there is one; else the incident is the key's lead and is told by itself. It
// reports whether the item went elsewhere, or has to wait.
func (l *lane) join(ctx context.Context, it *item) (bool, error) {
	if it.key == "" || it.change.GetState() == resolvedState || it.change.GetAsk() != nil {
		return false, nil
	}
	r, err := l.s.Store.Get(ctx, it.id)
	if err != nil || r != nil && !untouched(r, l.channel) || l.s.quiet(it.change, l.s.Now()) {
		return false, err
	}
	l.mu.Lock()
	flaps := l.flaps(it)
	l.mu.Unlock()
	if flaps {
		return false, nil
	}
	for range 5 {
		p, err := l.pointerOf(ctx, it.key)
		if err != nil {
			return false, err
		}
		g, wait, err := l.standing(ctx, p, it)
		l.mu.Lock()
		it.follows = wait
		l.mu.Unlock()
		switch {
		case err != nil && !errors.Is(err, bus.ErrConflict):
			return false, err
		case err != nil:
			continue
		case wait:
			l.mu.Lock()
			it.after = l.s.Now().Add(300 * time.Millisecond)
			l.mu.Unlock()
			return true, nil
		case g != nil:
			l.mu.Lock()
			defer l.mu.Unlock()
			l.keyed[it.key] = p
			if len(g.byID)+len(g.pending) < mostRecorded && g.head.Key != "" {
				it.group = g.key
				return false, nil
			}
			l.into(g, it)
			return true, nil
		case p.Lead == it.id:
			return false, nil
		}
		err = l.point(ctx, it.key, p, pointer{Lead: it.id, At: l.s.Now()})
		if !errors.Is(err, bus.ErrConflict) {
			return false, err
		}
	}
	return false, fmt.Errorf("who leads the group %s: %w", it.key, bus.ErrConflict)
}

// standing returns the group that stands for a key, made if there is only its
// lead's message yet; nil if the key has none that is open. wait: the lead's
// message is on its way.
func (l *lane) standing(ctx context.Context, p pointer, it *item) (g *group, wait bool, err error) {
	if p.Lead == "" || p.Lead == it.id {
		return nil, false, nil
	}
	if p.Group != "" {
		l.mu.Lock()
		g = l.groupNamed(p.Group)
		l.mu.Unlock()
		if g == nil {
			if err := l.readGroups(ctx); err != nil {
				return nil, false, err
			}
			l.mu.Lock()
			g = l.groupNamed(p.Group)
			l.mu.Unlock()
		}
		if g == nil {
			return nil, false, nil
		}
		if g.unsound { // another instance wrote too
			if err := l.readGroup(ctx, g); err != nil {
				return nil, false, err
			}
		}
		if g.byID[p.Lead] == nil {
			if err := l.lead(ctx, g); err != nil {
				return nil, false, err
			}
		}
		if !g.takes(l.s.Now()) {
			g = nil
		}
		return g, false, nil
	}
	lead, err := l.s.Store.Fresh(ctx, p.Lead)
	if err != nil {
		return nil, false, err
	}
	l.mu.Lock()
	storm, waiting := l.member[p.Lead], l.byID[p.Lead] != nil
	l.mu.Unlock()
	switch {
	case lead == nil && storm != nil: // the lead is in a storm's message
		if storm.takes(l.s.Now()) {
			return storm, false, nil
		}
		return nil, false, nil
	case lead == nil || lead.Incident() == nil:
		return nil, waiting || l.s.Now().Sub(p.At) < leadWithin, nil
	case !lead.Open() || lead.Held:
		return nil, false, nil
	}
	place := lead.Place(l.channel)
	switch {
	case place.Moved != "" || place.Group != "":
		return nil, false, nil
	case place.Root.TS == "":
		return nil, waiting || l.s.Now().Sub(p.At) < leadWithin, nil
	}
	g, err = l.found(ctx, p, it, lead, place)
	return g, false, err
}

// found makes the group whose message is the lead's. The group is stored before
// the pointer names it, and the lead gives its message up after that: who dies in
// between leaves a group that nobody knows, or one that the next member ends.
func (l *lane) found(ctx context.Context, p pointer, it *item, lead *record.Record, place *record.Place) (*group, error) {
	rule := l.s.rules(it.change, l.channel).Group
	_, text := rule.Key(it.change)
	g := newGroup(head{Channel: l.channel, ID: place.ID, Note: place.Note, At: lead.Incident().GetOpenedAt().AsTime(),
		Key: it.key, Text: text, Lead: lead.ID, Wait: rule.Wait, Ack: nil, Root: record.Sent{TS: place.Root.TS}})
	if err := l.writeHead(ctx, g, func(h *head) { h.Rev++ }); err != nil {
		return nil, err
	}
	if err := l.point(ctx, it.key, p, pointer{Lead: lead.ID, Group: g.key, At: l.s.Now()}); err != nil {
		_ = l.s.Groups.Delete(ctx, g.key, 0) // another instance was first
		return nil, err
	}
	l.mu.Lock()
	l.groups = append(l.groups, g)
	l.mu.Unlock()
	return g, l.lead(ctx, g)
}

// lead makes the incident whose message it was the group's first member.
func (l *lane) lead(ctx context.Context, g *group) error {
	r, err := l.s.Store.Mutate(ctx, g.head.Lead, func(r *record.Record) error {
		if r.Incident() == nil {
			return record.ErrUnchanged
		}
		p := r.Place(l.channel)
		p.Group, p.Leads = g.key, true
		return nil
	})
	if err != nil || r.Incident() == nil {
		return err
	}
	err = l.writeGroup(ctx, g, []*item{{id: r.ID, change: r.Incident(), rec: r}})
	g.unsound = g.unsound || err != nil
	return err
}

// mirror makes the group that an incident belongs to show its record.
func (l *lane) mirror(ctx context.Context, p prepared) error {
	if p.place == nil || p.place.Group == "" || p.r.Incident() == nil {
		return nil
	}
	l.mu.Lock()
	g := l.groupNamed(p.place.Group)
	l.mu.Unlock()
	if g == nil { // another instance's
		if err := l.readGroups(ctx); err != nil {
			return err
		}
		l.mu.Lock()
		g = l.groupNamed(p.place.Group)
		l.mu.Unlock()
	}
	if g == nil { // of long ago
		return nil
	}
	err := l.writeGroup(ctx, g, []*item{{id: p.r.ID, change: p.r.Incident(), rec: p.r}})
	if err != nil {
		g.unsound = true
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.recorded[p.r.ID] = true
	return nil
}

// AckGroup notes who takes all that is open in a group's message. It returns who
// took it before, and the members that have records of their own.
func (s *Sender) AckGroup(ctx context.Context, key string, by record.Who, at time.Time) (before *record.Ack, recorded []string, err error) {
	for {
		e, err := s.Groups.Get(ctx, key)
		if err != nil {
			return nil, nil, err
		}
		var h head
		if err := json.Unmarshal(e.Value, &h); err != nil {
			return nil, nil, bus.Permanent(err)
		}
		l := s.lane(h.Channel)
		g := newGroup(h)
		g.key = key
		reader := newLane(s, h.Channel) // so that the lane's own group is left alone
		if err := reader.readGroup(ctx, g); err != nil {
			return nil, nil, err
		}
		for id, m := range g.byID {
			if m.Recorded {
				recorded = append(recorded, id)
			}
		}
		if g.open() == 0 {
			return nil, nil, ErrOver
		}
		if h = g.head; h.Ack != nil {
			return h.Ack, recorded, nil
		}
		h.Ack = &record.Ack{By: by, At: at}
		h.Rev++
		h.line([]record.Line{{At: at, Icon: "👀", Text: "acknowledged, all that are open", By: &by}})
		data, err := json.Marshal(h)
		if err != nil {
			return nil, nil, err
		}
		_, err = s.Groups.Update(ctx, key, data, g.revision)
		if errors.Is(err, bus.ErrConflict) {
			recorded = nil
			continue
		}
		l.mu.Lock()
		l.again = true
		l.mu.Unlock()
		l.nudge()
		return nil, recorded, err
	}
}

// ErrOver is returned when nothing of a group is open any more.
var ErrOver = errors.New("nothing of the group is open any more")

// GroupMessage returns where a group's message is.
func (s *Sender) GroupMessage(channel, key string) (id, ts string) {
	l := s.lane(channel)
	l.mu.Lock()
	defer l.mu.Unlock()
	if g := l.groupNamed(key); g != nil {
		return g.head.ID, g.head.Root.TS
	}
	return "", ""
}
