package chat

import (
	"context"
	"strings"
	"time"
)

// Again is a backend whose messages cannot be edited: what changed is told in a
// new message.
type Again interface {
	// Again tells what the message with this id says now, if that is worth
	// telling, and returns the id of what tells it: the old one, if nothing was
	// told. It is one attempt, and may happen twice: an id that was not stored
	// is told again.
	Again(ctx context.Context, p Post, ts string) (newTS string, err error)
}

// Edit makes a message say what the post says now, and returns its id from now
// on: the same one, where messages can be edited.
func Edit(ctx context.Context, b Backend, p Post, ts string) (string, error) {
	if a, ok := b.(Again); ok {
		return a.Again(ctx, p, ts)
	}
	return ts, b.Update(ctx, p.ChannelID, ts, p.Content)
}

// Event is why a Teller is told something.
type Event string

// The events.
const (
	// Opened: the first that is told of it.
	Opened Event = "opened"
	// Changed: it is acknowledged, worse or better.
	Changed Event = "changed"
	// Ended: it is resolved.
	Ended Event = "resolved"
	// Noted: a line of its history, what an action did, or a message that is no
	// incident's.
	Noted Event = "note"
	// Pictured: its picture came.
	Pictured Event = "picture"
)

// Told is one thing to tell.
type Told struct {
	Event     Event
	ChannelID string
	Key       Key
	Content   Content
	// ID is the same whenever this very thing is told again: a receiver that
	// remembers ids takes it once.
	ID string
}

// Teller is a chat system that takes messages and keeps none that we could edit
// or find again: a webhook, a mail server. Told makes a Backend of it.
type Teller interface {
	Name() string
	// Channel returns the id of a channel; ErrNoChannel.
	Channel(ctx context.Context, name string) (id string, err error)
	// Tell is one attempt to tell it.
	Tell(ctx context.Context, t Told) error
}

// PictureTeller is a Teller to which a picture that comes after the text is
// worth a message of its own.
type PictureTeller interface{ TellsPictures() }

// ByTelling returns the backend that tells t what happens: that something opened,
// changed (its state or severity) and ended, and what was done about it.
// Nothing is told of other edits.
//
// A message is told at least once: after an attempt that may have happened it
// is told again, with the same Told.ID.
func ByTelling(t Teller) Backend { return &telling{t} }

type telling struct{ Teller }

var (
	_ Backend = (*telling)(nil)
	_ Again   = (*telling)(nil)
)

// Post implements Backend. The id that it returns says what was told.
func (b *telling) Post(ctx context.Context, p Post) (string, error) {
	event := Opened
	if p.Content.About == nil || p.Thread != "" {
		event = Noted
	} else if p.Content.About.State == Resolved {
		event = Ended
	}
	return b.tell(ctx, event, p)
}

func (b *telling) tell(ctx context.Context, event Event, p Post) (string, error) {
	ts := standing(p.Content)
	t := Told{Event: event, ChannelID: p.ChannelID, Key: p.Key, Content: p.Content}
	t.ID = strings.Join([]string{p.Key.Incident, p.Key.Part, string(event), ts}, "/")
	if err := b.Tell(ctx, t); err != nil {
		return "", err
	}
	if event == Pictured || HasPicture(p.Content) {
		ts += pictured
	}
	return ts, nil
}

const pictured = "+picture"

// standing is what of a content is told anew when it changes.
func standing(c Content) string {
	if c.About == nil {
		return "told"
	}
	return string(c.About.State) + "-" + c.About.Severity
}

// HasPicture reports whether the content carries a picture.
func HasPicture(c Content) bool {
	for _, part := range c.Parts {
		if i, ok := part.(Image); ok && len(i.PNG) > 0 {
			return true
		}
	}
	return false
}

// Again implements Again.
func (b *telling) Again(ctx context.Context, p Post, ts string) (string, error) {
	was, had := strings.CutSuffix(ts, pictured)
	switch _, wants := b.Teller.(PictureTeller); {
	case was != standing(p.Content):
		event := Changed
		if p.Content.About != nil && p.Content.About.State == Resolved {
			event = Ended
		}
		now, err := b.tell(ctx, event, p)
		if had && err == nil && !strings.HasSuffix(now, pictured) {
			now += pictured
		}
		return now, err
	case wants && !had && HasPicture(p.Content):
		return b.tell(ctx, Pictured, p)
	}
	return ts, nil
}

// Update implements Backend. It is never what the sender calls.
func (b *telling) Update(ctx context.Context, channelID, _ string, c Content) error {
	_, err := b.tell(ctx, Changed, Post{ChannelID: channelID, Content: c})
	return err
}

// Find implements Backend: nothing can be found again.
func (b *telling) Find(context.Context, string, string, Key, time.Time) (string, error) {
	return "", nil
}
