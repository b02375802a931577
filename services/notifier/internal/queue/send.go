package queue

import (
	"context"
	"errors"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/wait"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// post sends a new message and stores its id.
func (l *lane) post(ctx context.Context, it *item, p prepared, posts *bucket) error {
	thread := ""
	if p.step.Kind != record.PostRoot {
		if thread = l.thread(p.place); thread == "" {
			return errNoThread
		}
	}
	key := chat.Key{Incident: it.id, Part: p.step.Part}
	ts, found, err := l.send(ctx, chat.Post{ChannelID: p.place.ID, Thread: thread, Key: key, Content: l.content(p), Broadcast: p.step.Ping != nil && p.step.Ping.Loud}, p.since, posts)
	if err != nil {
		return err
	}
	if p.step.Kind == record.PostRoot {
		l.s.met.posted(p.r.Incident(), l.s.Now())
	}
	shown := shownRev(p, p.r.Rev)
	if found {
		shown = 0 // what it was when it was posted: it is to be edited
	}
	return l.noted(ctx, it, &p.r, func(r *record.Record) {
		p.place = r.Place(l.channel)
		r.Posted(p.place, p.step, ts, shown)
	})
}

// shownRev is what a message that was just sent shows.
func shownRev(p prepared, rev uint64) uint64 {
	switch {
	case p.step.Run != nil:
		return p.step.Run.Rev
	case p.step.Closing:
		return p.r.Closing.Rev
	}
	return rev
}

// send posts, after looking whether it has been posted before if that may be.
// What was found may show something older.
func (l *lane) send(ctx context.Context, post chat.Post, since time.Time, posts *bucket) (ts string, found bool, err error) {
	key := unsureKey(post.Key.Incident, post.Key.Part)
	if !since.IsZero() {
		l.unsure[key] = true // until it has been looked for
		ts, err := l.s.Backend.Find(ctx, post.ChannelID, post.Thread, post.Key, since.Add(-5*time.Minute))
		switch {
		case err == nil && ts != "":
			l.s.Log.Info("found a message posted before", "channel", l.channel, "incident", post.Key.Incident, "part", post.Key.Part)
			delete(l.unsure, key)
			return ts, true, nil
		case errors.Is(err, chat.ErrSetup), errors.Is(err, chat.ErrNoChannel):
			l.s.Log.Warn("history cannot be read, posting although it may be a double", "channel", l.channel, "err", err)
		case err != nil:
			return "", false, err
		}
	}
	posts.take(l.s.Now())
	ts, err = l.s.Backend.Post(ctx, post)
	if errors.Is(err, chat.ErrRefused) {
		l.s.met.refusedContent.Inc()
		l.s.Log.Error("message refused by the chat, sending its text alone", "channel", l.channel, "incident", post.Key.Incident, "err", err)
		post.Content = plain(post.Content)
		ts, err = l.s.Backend.Post(ctx, post)
	}
	if chat.Unsure(err) {
		l.unsure[key] = true
	} else if err == nil {
		delete(l.unsure, key)
		l.good = l.s.Now()
	}
	return ts, false, err
}

// plain is the content's text alone.
func plain(c chat.Content) chat.Content {
	out := chat.Say(c.Text)
	out.About = c.About
	return out
}

// update edits a message and stores what it shows.
func (l *lane) update(ctx context.Context, it *item, p prepared) error {
	now := l.s.Now()
	l.s.updates.take(now)
	rev := p.r.Rev
	post := chat.Post{ChannelID: p.place.ID, Key: chat.Key{Incident: it.id, Part: p.step.Part}, Content: l.content(p)}
	if p.step.Kind != record.UpdateRoot {
		post.Thread = l.thread(p.place)
	}
	ts, err := chat.Edit(ctx, l.s.Backend, post, p.step.Sent.TS)
	if errors.Is(err, chat.ErrRefused) {
		l.s.met.refusedContent.Inc()
		l.s.Log.Error("edit refused by the chat, sending its text alone", "channel", l.channel, "incident", it.id, "err", err)
		post.Content = plain(post.Content)
		ts, err = chat.Edit(ctx, l.s.Backend, post, p.step.Sent.TS)
	}
	if err != nil {
		return err
	}
	l.good = l.s.Now()
	return l.noted(ctx, it, &p.r, func(r *record.Record) {
		p.place = r.Place(l.channel)
		r.Updated(p.place, p.step, ts, p.before, shownRev(p, rev))
	})
}

// noted stores what happened. It goes on until it is stored: forgetting it now
// would mean to look for the message later.
func (l *lane) noted(ctx context.Context, it *item, out **record.Record, do func(*record.Record)) error {
	pause := wait.Pause{Last: 5 * time.Second}
	for {
		r, err := l.s.Store.Mutate(ctx, it.id, func(r *record.Record) error { do(r); return nil })
		if err == nil {
			*out = r
			return nil
		}
		l.s.Log.Warn("record not stored, again", "incident", it.id, "err", err)
		if err := pause.Wait(ctx); err != nil {
			return err
		}
	}
}

// thread returns the message under which the place's replies go.
func (l *lane) thread(p *record.Place) string {
	if p.Group == "" {
		return p.Root.TS
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, g := range l.groups {
		if g.key == p.Group {
			return g.head.Root.TS
		}
	}
	return ""
}

var errNoThread = errors.New("the message to reply to is not posted yet")

// resolvedState is the state in which an incident needs no new message.
const resolvedState = eventv1.IncidentState_INCIDENT_STATE_RESOLVED
