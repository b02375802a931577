package queue

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/route"
)

// posted are a channel's new messages of late, as all instances agree on.
type posted struct {
	Posts []postedAt `json:"posts"`
}

type postedAt struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// overLimit makes a new incident a line of the channel's digest when its route
// has a limit and as many messages as that were told of late. Critical ones
// count, and are never held back. It reports whether it did something, so that
// the item is not to be sent now.
func (l *lane) overLimit(ctx context.Context, it *item) bool {
	if l.s.Plan == nil || it.change == nil || it.change.GetAsk() != nil {
		return false
	}
	p := l.s.Plan(it.change, l.channel)
	if p == nil || p.Limit == nil {
		return false
	}
	critical := it.change.GetSeverity() == eventv1.Severity_SEVERITY_CRITICAL
	free, err := l.slot(ctx, it.id, *p.Limit, critical || l.s.Store.Known(it.id))
	if err == nil && !free && l.digest(*p.Limit) == nil && l.s.Now().Sub(l.reload) > time.Second {
		l.reload = l.s.Now()
		err = l.readGroups(ctx) // another instance may have begun it
	}
	if err != nil {
		l.retry(it, err)
		return true
	}
	if free {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.member[it.id] != nil || l.byID[it.id] != it { // it was in the digest already
		if g := l.member[it.id]; g != nil {
			l.drop(it)
			g.pending = append(g.pending, it)
		}
		return true
	}
	g := l.digestLocked(*p.Limit)
	if g == nil {
		limit := *p.Limit
		g = &group{head: head{Channel: l.channel, At: l.s.Now(), Limit: &limit}, byID: map[string]*message.Member{}, in: map[string]*chunk{}}
		l.groups = append(l.groups, g)
	}
	l.drop(it)
	l.member[it.id] = g
	g.pending = append(g.pending, it)
	l.s.met.grouped.Inc()
	l.s.met.suppressed.WithLabelValues(string(record.ByDigest)).Inc()
	return true
}

// digest returns the channel's digest that takes more incidents; nil if there
// is none.
func (l *lane) digest(limit route.Limit) *group {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.digestLocked(limit)
}

func (l *lane) digestLocked(limit route.Limit) *group {
	for _, g := range slices.Backward(l.groups) {
		if g.head.Limit != nil && l.s.Now().Sub(g.head.At) < limit.Per {
			return g
		}
	}
	return nil
}

// slot notes that a new message is about to be told in the channel. It reports
// whether the limit allows it; always, if it is told in any case.
func (l *lane) slot(ctx context.Context, id string, limit route.Limit, always bool) (bool, error) {
	key := "limit." + bus.Token(l.channel)
	for {
		now := l.s.Now()
		var p posted
		e, err := l.s.Notes.Get(ctx, key)
		absent := errors.Is(err, bus.ErrNotFound)
		if err != nil && !absent {
			return false, err
		}
		if !absent {
			_ = json.Unmarshal(e.Value, &p) // what cannot be read is begun anew
		}
		p.Posts = slices.DeleteFunc(p.Posts, func(o postedAt) bool { return now.Sub(o.At) >= limit.Per })
		switch {
		case slices.ContainsFunc(p.Posts, func(o postedAt) bool { return o.ID == id }):
			return true, nil
		case len(p.Posts) >= limit.Messages && !always:
			return false, nil
		}
		p.Posts = append(p.Posts, postedAt{id, now})
		p.Posts = p.Posts[max(0, len(p.Posts)-limit.Messages):]
		data, err := json.Marshal(p)
		if err != nil {
			return false, err
		}
		if absent {
			_, err = l.s.Notes.Create(ctx, key, data)
		} else {
			_, err = l.s.Notes.Update(ctx, key, data, e.Revision)
		}
		if err == nil || !errors.Is(err, bus.ErrConflict) {
			return err == nil, err
		}
	}
}
