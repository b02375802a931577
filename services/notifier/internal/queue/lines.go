package queue

import (
	"context"
	"fmt"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

const (
	// mostLines of a group wait to be told one by one; what is more is counted.
	mostLines = 40
	// linesAtOnce go into one reply.
	linesAtOnce = 20
)

func newGroup(h head) *group {
	return &group{head: h, byID: map[string]*message.Member{}, in: map[string]*chunk{}}
}

// line adds lines to what the thread is to be told.
func (h *head) line(lines []record.Line) {
	for _, x := range lines {
		if len(h.Lines) >= mostLines || h.More > 0 {
			h.More++
			continue
		}
		h.Lines = append(h.Lines, x)
	}
}

// unlined returns a group whose thread is to be told something now.
func (l *lane) unlined(now time.Time, wait *time.Duration) *group {
	for _, g := range l.groups {
		if g.head.Root.TS == "" || len(g.head.Lines)+g.head.More == 0 {
			continue
		}
		next := g.gathered.Add(g.head.Wait)
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

// lineGroup replies in the group's thread with what it was not told yet, with a
// claim before.
func (l *lane) lineGroup(ctx context.Context, g *group, posts *bucket) time.Duration {
	now := l.s.Now()
	var since time.Time
	key := chat.Key{Incident: bus.IncidentGroups.Prefix + g.key, Part: fmt.Sprintf("lines-%d", g.head.Lined)}
	if ing := g.head.Lining; ing != nil {
		c := ing.Claim
		if c.By != l.s.Self && now.Sub(c.At) < staleClaim {
			g.after = c.At.Add(staleClaim)
			return 0
		}
		if c.By != l.s.Self || l.unsure[unsureKey(key.Incident, key.Part)] {
			since = c.Since
		}
	}
	err := l.writeHead(ctx, g, func(h *head) {
		if len(h.Lines) == 0 && h.More > 0 {
			h.Lines = append(h.Lines, record.Line{At: now, Icon: "…", Text: message.AndMore(h.More)})
			h.More = 0
		}
		ing := &record.Lining{To: h.Lined + min(len(h.Lines), linesAtOnce), Claim: record.Claim{By: l.s.Self, At: now, Since: now}}
		if h.Lining != nil {
			ing.To, ing.Claim.Since = h.Lining.To, h.Lining.Claim.Since
		}
		h.Lining = ing
	})
	if err != nil {
		return l.groupFailed(ctx, g, err, true, posts)
	}
	n := min(g.head.Lining.To-g.head.Lined, len(g.head.Lines))
	post := chat.Post{ChannelID: g.head.ID, Thread: g.head.Root.TS, Key: key, Content: message.Lines(g.head.Lines[:n], "")}
	if _, _, err := l.send(ctx, post, since, posts); err != nil {
		return l.groupFailed(ctx, g, err, true, posts)
	}
	return l.groupNoted(ctx, g, func(h *head) {
		if h.Lining == nil || h.Lining.To > h.Lined+len(h.Lines) {
			return // another instance noted it
		}
		h.Lines, h.Lined, h.Lining = h.Lines[h.Lining.To-h.Lined:], h.Lining.To, nil
	})
}

// listed is how many members of a group get buttons.
const listed = 6

// groupContent renders a group's message.
func (l *lane) groupContent(ctx context.Context, g *group) chat.Content {
	var all []*message.Member
	for _, k := range g.chunks {
		all = append(all, k.members...)
	}
	look := message.Group{Members: all, At: g.head.At, Note: g.head.Note, Text: g.head.Text, Keyed: g.head.Key != "", Ack: g.head.Ack, Key: g.key,
		Records: map[string]*record.Record{}, View: message.View{Actions: l.s.Actions(), Key: l.s.Key(), Channel: g.head.ID, Now: l.s.Now()}}
	if k := g.head.Limit; k != nil {
		look.Most, look.Per = k.Messages, k.Per
	}
	if !look.Keyed {
		return look.Content()
	}
	for _, m := range message.Worst(all, listed) {
		if r, err := l.s.Store.Get(ctx, m.ID); err == nil && r != nil && r.Incident() != nil {
			look.Records[m.ID] = r
		}
	}
	look.Lead = l.leading(ctx, g)
	return look.Content()
}

func changesOf(items []*item) []*eventv1.IncidentChanged {
	out := make([]*eventv1.IncidentChanged, len(items))
	for i, it := range items {
		out[i] = it.change
	}
	return out
}
