package queue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// pictureTries is how often a refused picture is waited for before the message
// goes on without it.
const pictureTries = 2

// failed decides what a failed call means. Nothing is given up.
func (l *lane) failed(ctx context.Context, it *item, p prepared, err error, posts *bucket) time.Duration {
	now := l.s.Now()
	var limited *chat.RateLimited
	switch {
	case errors.As(err, &limited):
		l.limited(now, limited.After, p.step.Kind.Posts(), posts)
		return 0
	case errors.Is(err, errNoThread):
		l.mu.Lock()
		it.after = now.Add(time.Second)
		l.mu.Unlock()
		return 0
	case errors.Is(err, chat.ErrPicture):
		return l.pictureRefused(ctx, it, p, err)
	case errors.Is(err, chat.ErrGone):
		return l.lost(ctx, it, p, err)
	case errors.Is(err, chat.ErrNoChannel):
		l.unavailable(err)
		if p.step.Kind != record.PostRoot { // its message is where nobody can write any more
			return l.lost(ctx, it, p, err)
		}
		return l.retry(it, err)
	case errors.Is(err, chat.ErrSetup):
		l.s.trouble(l.channel, err)
		l.mu.Lock()
		it.after = now.Add(15 * time.Second)
		l.mu.Unlock()
		return 0
	}
	return l.retry(it, err)
}

// limited does what Retry-After says, for this channel and this method.
func (l *lane) limited(now time.Time, after time.Duration, post bool, posts *bucket) {
	l.s.met.limited.Inc()
	b := l.edits
	if post {
		b = posts
	}
	b.block(now, after)
	l.s.Log.Warn("rate limited by the chat", "channel", l.channel, "after", after.String())
}

// pictureRefused waits a little, twice, and then goes on without the picture.
func (l *lane) pictureRefused(ctx context.Context, it *item, p prepared, err error) time.Duration {
	if it.pictures++; it.pictures <= pictureTries {
		l.mu.Lock()
		it.after = l.s.Now().Add(time.Duration(it.pictures) * 2 * time.Second)
		l.mu.Unlock()
		return 0
	}
	it.pictures = 0
	l.s.met.pictures.WithLabelValues("refused").Inc()
	l.s.Log.Warn("picture refused, the message goes on without it", "channel", l.channel, "incident", it.id, "err", err)
	err = l.noted(ctx, it, &p.r, func(r *record.Record) {
		if p.step.Run != nil && p.step.Picture {
			if run := r.Run(p.step.Run.ID); run != nil && run.Picture != nil {
				run.Picture.File = ""
			}
			return
		}
		if r.Chart != nil && p.r.Chart != nil && r.Chart.File == p.r.Chart.File {
			r.Chart = nil
			r.Rev++
		}
	})
	if err != nil {
		return l.retry(it, err)
	}
	return 0
}

// lost: somebody deleted the message. The incident's message is posted anew;
// a group's thread is not.
func (l *lane) lost(ctx context.Context, it *item, p prepared, cause error) time.Duration {
	l.s.Log.Warn("message is gone from the chat", "channel", l.channel, "incident", it.id, "err", cause)
	l.mu.Lock()
	g := l.groupNamed(p.place.Group)
	l.mu.Unlock()
	if g != nil && p.place.Group != "" {
		return l.groupNoted(ctx, g, func(h *head) { h.Root, h.Lining = record.Sent{}, nil })
	}
	err := l.noted(ctx, it, &p.r, func(r *record.Record) {
		place := r.Place(l.channel)
		if place.Moved != "" { // another incident's record sees to the message
			place.Lines, place.Lining = len(r.Lines), nil
			return
		}
		if place.Group != "" {
			r.Places = without(r.Places, place)
			return
		}
		r.Lost(place, p.step)
	})
	if err != nil {
		return l.retry(it, err)
	}
	return 0
}

func without(places []*record.Place, p *record.Place) []*record.Place {
	var out []*record.Place
	for _, o := range places {
		if o != p {
			out = append(out, o)
		}
	}
	return out
}

// where is the channel that a lane writes to.
type where struct {
	id, note string
	until    time.Time // when to look again; zero is never
}

// lookAgain is after how long a channel that was not available is tried again.
const lookAgain = 5 * time.Minute

// resolve returns the id of the lane's channel, or of the default channel if
// that one is not available.
func (l *lane) resolve(ctx context.Context) (string, error) {
	if l.where.id != "" && (l.where.until.IsZero() || l.s.Now().Before(l.where.until)) {
		return l.where.id, nil
	}
	id, err := l.s.Backend.Channel(ctx, l.channel)
	if err == nil {
		l.where = where{id: id}
		l.s.met.unavailable.WithLabelValues(l.channel).Set(0)
		return id, nil
	}
	if !errors.Is(err, chat.ErrNoChannel) || l.channel == l.s.Default {
		return "", err
	}
	id, other := l.s.Backend.Channel(ctx, l.s.Default)
	if other != nil {
		return "", errors.Join(err, other)
	}
	l.fallBack(id, err)
	return id, nil
}

// unavailable notes that the channel, which exists, cannot be written to.
func (l *lane) unavailable(err error) {
	if f, ok := l.s.Backend.(chat.Forgetter); ok {
		f.Forget(l.channel)
	}
	l.where = where{}
	if l.channel == l.s.Default {
		l.s.trouble(l.channel, err)
		return
	}
	if id, other := l.s.Backend.Channel(context.Background(), l.s.Default); other == nil {
		l.fallBack(id, err)
	}
}

func (l *lane) fallBack(id string, err error) {
	l.s.Log.Error("channel not available, telling the default channel instead; invite Parley there or mend the name", "channel", l.channel, "err", err)
	l.s.met.unavailable.WithLabelValues(l.channel).Set(1)
	l.where = where{id: id, until: l.s.Now().Add(lookAgain),
		note: fmt.Sprintf("meant for %s, where Parley cannot write: invite it there, or mend the policy", l.channel)}
}

// trouble is for what people have to mend. It returns how long to wait.
func (s *Sender) trouble(channel string, err error) time.Duration {
	var limited *chat.RateLimited
	if errors.As(err, &limited) {
		return limited.After
	}
	s.met.unavailable.WithLabelValues(channel).Set(1)
	s.Log.Error("chat not reachable or not set up, trying again", "channel", channel, "err", err)
	if errors.Is(err, chat.ErrNoChannel) {
		return 30 * time.Second
	}
	return 2 * time.Second
}
