package queue

import (
	"context"
	"errors"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// prepared is a step that the record allows, and what it needs.
type prepared struct {
	r     *record.Record
	place *record.Place
	step  record.Step
	// before is what the message showed; since is set if somebody else may
	// have posted it since then.
	before uint64
	since  time.Time
	busy   bool // another instance is posting it
}

// advance does the item's next step, whatever it is.
func (l *lane) advance(ctx context.Context, it *item, posts *bucket) time.Duration {
	if !it.sure && !l.s.Store.Known(it.id) {
		if moved, err := l.lookUp(ctx, it); err != nil {
			return l.retry(it, err)
		} else if moved {
			return 0
		}
	}
	p, err := l.prepare(ctx, it)
	if err != nil {
		return l.retry(it, err)
	}
	if p.busy {
		l.mu.Lock()
		it.after = time.Now().Add(5 * time.Second)
		l.mu.Unlock()
		return 0
	}
	switch p.step.Kind {
	case record.Nothing:
		l.settle(it, p.r.Version, false)
		return 0
	case record.UpdateRoot, record.UpdateReply:
		err = l.update(ctx, it, p)
	default:
		err = l.post(ctx, it, p, posts)
	}
	if err != nil {
		return l.failed(ctx, it, p, err, posts)
	}
	it.tries = 0
	kind := p.r.Next(p.place).Kind
	switch kind {
	case record.Nothing, record.PostLines: // threads are nothing to wait for
		l.settle(it, p.r.Version, kind != record.Nothing)
	default:
		l.mu.Lock()
		l.later(it)
		l.mu.Unlock()
	}
	return 0
}

// prepare stores the item's change and the claim of what is to be posted, in
// one write.
func (l *lane) prepare(ctx context.Context, it *item) (p prepared, err error) {
	l.mu.Lock()
	change := it.change
	it.again = false
	l.mu.Unlock()
	now := time.Now()
	p.r, err = l.s.Store.Mutate(ctx, it.id, func(r *record.Record) error {
		p = prepared{}
		rev, version, places, held := r.Rev, r.Version, len(r.Places), r.Held
		applied := r.Apply(change)
		if r.Incident() == nil && len(r.Runs) == 0 {
			return record.ErrUnchanged
		}
		l.silence(r, now)
		p.place = r.Place(l.channel)
		if p.place.Root.TS == "" && p.place.Group == "" {
			p.place.ID, p.place.Note = l.where.id, l.where.note
			if l.where.note != "" && told(r, l.channel, l.s.Default) {
				r.Places = r.Places[:len(r.Places)-1] // the default channel tells it anyway
				return record.ErrUnchanged
			}
		}
		p.step = r.Next(p.place)
		if p.step.Sent != nil {
			p.before = p.step.Sent.Rev
		}
		if !p.step.Kind.Posts() {
			if !applied && rev == r.Rev && version == r.Version && places == len(r.Places) && held == r.Held {
				return record.ErrUnchanged
			}
			return nil
		}
		c := r.Claim(p.place, p.step, l.s.Self, now)
		if c != nil && c.By != l.s.Self {
			if now.Sub(c.At) < staleClaim {
				p.busy = true
				return record.ErrUnchanged
			}
			p.since = c.Since
		} else if c != nil && l.unsure[unsureKey(it.id, p.step.Part)] {
			p.since = c.Since
		}
		return nil
	})
	if err == nil {
		p.place = p.r.Place(l.channel)
	}
	return p, err
}

// silence brings the record's silence up to date.
func (l *lane) silence(r *record.Record, now time.Time) {
	if !r.Open() {
		r.Mute = nil
		return
	}
	m := l.s.Silences().Mutes(r.Incident(), now)
	switch {
	case m != nil && untold(r):
		if !r.Held {
			r.Held = true
			l.s.met.suppressed.WithLabelValues("silence").Inc()
		}
	case m == nil && r.Held:
		r.Held = false
		r.Lines = append(r.Lines, record.Line{At: now, Icon: "🔔", Text: "the silence ended while it is still open"})
	case m == nil:
		r.SetMute(nil, now)
	default:
		r.SetMute(&record.Mute{ID: m.GetId(), Until: m.GetEndsAt().AsTime(), By: m.GetAuthor(), UntilResolved: m.GetIncidentId() != ""}, now)
	}
}

// untold reports whether no message of the incident exists or may exist.
func untold(r *record.Record) bool {
	for _, p := range r.Places {
		if p.Group != "" || p.Root.TS != "" || p.Root.Claim != nil {
			return false
		}
	}
	return true
}

func told(r *record.Record, here, channel string) bool {
	for _, p := range r.Places {
		if p.Channel == channel && p.Channel != here {
			return true
		}
	}
	return false
}

func unsureKey(id, part string) string { return id + "/" + part }

// content renders what the step is to show.
func (l *lane) content(p prepared) chat.Content {
	switch {
	case p.step.Kind == record.PostLines:
		of := ""
		if p.place.Group != "" {
			of = record.Finding(p.r.Incident())
		}
		return message.Lines(p.r.Lines[min(p.step.From, len(p.r.Lines)):min(p.step.To, len(p.r.Lines))], of)
	case p.step.Run != nil && p.step.Picture:
		return message.Picture(p.step.Run)
	case p.step.Run != nil:
		return message.Run(p.r, p.step.Run)
	}
	if p.r.Incident() == nil && len(p.r.Runs) > 0 {
		return message.Run(p.r, p.r.Runs[0])
	}
	return message.Incident(p.r, p.place, l.s.Actions())
}

// post sends a new message and stores its id.
func (l *lane) post(ctx context.Context, it *item, p prepared, posts *bucket) error {
	thread := ""
	if p.step.Kind != record.PostRoot {
		if thread = l.thread(p.place); thread == "" {
			return errNoThread
		}
	}
	key := chat.Key{Incident: it.id, Part: p.step.Part}
	ts, err := l.send(ctx, chat.Post{ChannelID: p.place.ID, Thread: thread, Key: key, Content: l.content(p)}, p.since, posts)
	if err != nil {
		return err
	}
	if p.step.Kind == record.PostRoot {
		l.s.met.posted(p.r.Incident())
	}
	rev := p.r.Rev
	return l.noted(ctx, it, &p.r, func(r *record.Record) {
		p.place = r.Place(l.channel)
		r.Posted(p.place, p.step, ts, shownRev(p, rev))
	})
}

// shownRev is what a message that was just sent shows.
func shownRev(p prepared, rev uint64) uint64 {
	if p.step.Run != nil {
		return p.step.Run.Rev
	}
	return rev
}

// send posts, after looking whether it has been posted before if that may be.
func (l *lane) send(ctx context.Context, post chat.Post, since time.Time, posts *bucket) (string, error) {
	key := unsureKey(post.Key.Incident, post.Key.Part)
	if !since.IsZero() {
		l.unsure[key] = true // until it has been looked for
		ts, err := l.s.Backend.Find(ctx, post.ChannelID, post.Thread, post.Key, since.Add(-5*time.Minute))
		switch {
		case err == nil && ts != "":
			l.s.Log.Info("found a message posted before", "channel", l.channel, "incident", post.Key.Incident, "part", post.Key.Part)
			delete(l.unsure, key)
			return ts, nil
		case errors.Is(err, chat.ErrSetup), errors.Is(err, chat.ErrNoChannel):
			l.s.Log.Warn("history cannot be read, posting although it may be a double", "channel", l.channel, "err", err)
		case err != nil:
			return "", err
		}
	}
	posts.take(time.Now())
	ts, err := l.s.Backend.Post(ctx, post)
	if errors.Is(err, chat.ErrRefused) {
		l.s.met.refusedContent.Inc()
		l.s.Log.Error("message refused by the chat, sending its text alone", "channel", l.channel, "incident", post.Key.Incident, "err", err)
		post.Content = chat.Say(post.Content.Text)
		ts, err = l.s.Backend.Post(ctx, post)
	}
	if chat.Unsure(err) {
		l.unsure[key] = true
	} else if err == nil {
		delete(l.unsure, key)
	}
	return ts, err
}

// update edits a message and stores what it shows.
func (l *lane) update(ctx context.Context, it *item, p prepared) error {
	now := time.Now()
	l.s.updates.take(now)
	content, rev := l.content(p), p.r.Rev
	err := l.s.Backend.Update(ctx, p.place.ID, p.step.Sent.TS, content)
	if errors.Is(err, chat.ErrRefused) {
		l.s.met.refusedContent.Inc()
		l.s.Log.Error("edit refused by the chat, sending its text alone", "channel", l.channel, "incident", it.id, "err", err)
		err = l.s.Backend.Update(ctx, p.place.ID, p.step.Sent.TS, chat.Say(content.Text))
	}
	if err != nil {
		return err
	}
	return l.noted(ctx, it, &p.r, func(r *record.Record) {
		p.place = r.Place(l.channel)
		r.Updated(p.place, p.step, p.before, shownRev(p, rev))
	})
}

// noted stores what happened. It goes on until it is stored: forgetting it now
// would mean to look for the message later.
func (l *lane) noted(ctx context.Context, it *item, out **record.Record, do func(*record.Record)) error {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		r, err := l.s.Store.Mutate(ctx, it.id, func(r *record.Record) error { do(r); return nil })
		if err == nil {
			*out = r
			return nil
		}
		l.s.Log.Warn("record not stored, again", "incident", it.id, "err", err)
		if err := sleep(ctx, pause); err != nil {
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

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// resolvedState is the state in which an incident needs no new message.
const resolvedState = eventv1.IncidentState_INCIDENT_STATE_RESOLVED
