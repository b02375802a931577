package queue

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/evidence"
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
	taken  bool // it took over the message of one that flaps
}

// advance does the item's next step, whatever it is.
func (l *lane) advance(ctx context.Context, it *item, posts *bucket) time.Duration {
	if !it.sure && !l.placed(it.id) {
		if moved, err := l.lookUp(ctx, it); err != nil {
			return l.retry(it, err)
		} else if moved {
			return 0
		}
	}
	if joined, err := l.join(ctx, it); err != nil {
		return l.retry(it, err)
	} else if joined {
		return 0
	}
	before, from, err := l.follow(ctx, it)
	if errors.Is(err, errPending) {
		l.mu.Lock()
		it.after = l.s.Now().Add(500 * time.Millisecond)
		l.mu.Unlock()
		return 0
	}
	if err != nil {
		return l.retry(it, err)
	}
	p, err := l.prepare(ctx, it, before, from)
	if err != nil {
		return l.retry(it, err)
	}
	if err := l.mirror(ctx, p); err != nil {
		return l.retry(it, err)
	}
	if err := l.holdBack(ctx, it, p.r); err != nil {
		return l.retry(it, err)
	}
	if p.busy {
		l.mu.Lock()
		it.after = l.s.Now().Add(5 * time.Second)
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
// one write. before is the incident that it may be the next opening of, from the
// message that it takes over; both may be nil.
func (l *lane) prepare(ctx context.Context, it *item, before *record.Record, from *record.Place) (p prepared, err error) {
	l.mu.Lock()
	change := it.change
	it.again = false
	l.mu.Unlock()
	now := l.s.Now()
	p.r, err = l.s.Store.Mutate(ctx, it.id, func(r *record.Record) error {
		p = prepared{}
		rev, version, places, held, why := r.Rev, r.Version, len(r.Places), r.Held, slices.Clone(r.Suppressed)
		r.Follow(before, change, l.s.rules(change, l.channel).Flap)
		applied := r.Apply(change)
		if r.Empty() {
			return record.ErrUnchanged
		}
		if from != nil {
			if place := r.Place(l.channel); place.Root.TS == "" && place.Group == "" {
				r.Succeed(*from, now)
				applied, p.taken = true, true
			}
		}
		if it.group != "" && untouched(r, l.channel) {
			place := r.Place(l.channel)
			place.Group, place.Lines, applied = it.group, len(r.Lines), true // the group tells that it opened
			r.Suppress(record.Suppression{Kind: record.ByGroup, Channel: l.channel, By: bus.IncidentGroups.Prefix + it.group, At: now, Text: "it is told in the message of what it belongs together with"})
		}
		l.s.hold(r, now)
		if r.Question == nil {
			r.AskOwner(now)
			applied = applied || r.Question != nil
		}
		p.place = r.Place(l.channel)
		if p.place.Group != "" && p.place.ID == "" {
			p.place.ID = l.where.id
		}
		if p.place.Root.TS == "" && p.place.Group == "" {
			p.place.ID, p.place.Note = l.where.id, l.where.note
			if l.where.note != "" && told(r, l.channel, l.s.Default) {
				r.Places = r.Places[:len(r.Places)-1] // the default channel tells it anyway
				return record.ErrUnchanged
			}
			if l.where.note != "" {
				r.Suppress(record.Suppression{Kind: record.ByChannel, Channel: l.channel, At: now, Text: l.where.note})
			}
		}
		applied = l.plan(r, p.place, now) || applied
		p.step = r.Next(p.place)
		if p.step.Sent != nil {
			p.before = p.step.Sent.Rev
		}
		if !p.step.Kind.Posts() {
			if !applied && rev == r.Rev && version == r.Version && places == len(r.Places) && held == r.Held && slices.Equal(why, r.Suppressed) {
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
		if p.taken {
			l.s.met.suppressed.WithLabelValues(string(record.ByFlapping)).Inc()
		}
	}
	return p, err
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
	case p.step.Ping != nil:
		return message.Ping(p.step.Ping, l.mentions(p.r, p.step.Ping.Mention))
	case p.step.Closing:
		v := l.view(p)
		if v.Before = -1; l.s.Before != nil {
			v.Before = l.s.Before(p.r)
		}
		of := ""
		if p.place.Group != "" {
			of = record.Finding(p.r.Incident())
		}
		return message.Closing(p.r, v, of)
	case p.step.Run != nil && p.step.Picture:
		return message.Picture(p.step.Run)
	case p.step.Run != nil:
		return message.Run(p.r, p.step.Run, l.view(p))
	case p.r.Digest != nil:
		return message.Digest(p.r.Digest)
	case p.r.Notice != nil:
		return message.Notice(p.r.Notice)
	case p.r.Incident() == nil && len(p.r.Runs) > 0:
		return message.Run(p.r, p.r.Runs[0], l.view(p))
	}
	return message.Incident(p.r, p.place, l.view(p))
}

// view is what the message is made of beside the record.
func (l *lane) view(p prepared) message.View {
	v := message.View{Actions: l.s.Actions(), Key: l.s.Key(), Channel: p.place.ID, Now: l.s.Now()}
	if ask, _ := p.r.Waiting(); ask.GetOwner() != "" && l.s.Owner != nil {
		v.Owner = l.s.Owner(ask.GetOwner())
	}
	if p.step.Kind == record.PostRoot {
		v.Mentions = l.mentions(p.r, p.place.Told)
	}
	v.Deciders = l.deciders(p, v.Now)
	if l.s.Words != nil {
		v.Words = l.s.Words(p.r, l.channel)
	}
	if l.s.Link != nil && p.r.Open() {
		v.Previous = l.s.Link(p.r.Incident().GetPreviousId(), p.place.ID)
	}
	if c := p.r.Incident(); c != nil && l.s.Scores != nil {
		v.Scores = l.s.Scores(c.GetPolicy())
	}
	if c := p.r.Incident(); p.r.Open() && l.s.Evidence != nil {
		v.Importance = evidence.Of(l.s.Evidence(c.GetPolicy()), c, v.Now)
	}
	if l.s.Plans != nil {
		run := p.step.Run
		if run == nil && p.r.Incident() == nil && len(p.r.Runs) > 0 {
			run = p.r.Runs[0]
		}
		if wanted := message.Wanted(p.r, run, v); len(wanted) > 0 {
			v.Plans = l.s.Plans(wanted)
		}
	}
	return v
}
