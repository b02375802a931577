package notifier

import (
	"context"
	"errors"
	"fmt"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/exchange"
	"github.com/parley-ops/parley/services/notifier/internal/inbound"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// charts edits pictures in. Uploading takes seconds, so that it is done beside
// the lanes, a few at a time.
func (n *notifier) charts(ctx context.Context, m *bus.Message[*eventv1.ChartRendered], done func(error)) {
	n.uploads <- struct{}{}
	go func() { // waited for by the consumer, through done
		shown, err := n.chart(ctx, m)
		<-n.uploads
		if !shown {
			done(err)
			return
		}
		n.sender.Touch(ctx, m.Event.GetIncidentId(), func(other error) { done(errors.Join(err, other)) })
	}()
}

// chart uploads a picture and notes it. It reports whether there is something
// new to show.
func (n *notifier) chart(ctx context.Context, m *bus.Message[*eventv1.ChartRendered]) (bool, error) {
	c := m.Event
	up, ok := n.backend.(chat.Uploader)
	if !ok {
		return false, nil
	}
	r, err := n.store.Fresh(ctx, c.GetIncidentId())
	if err != nil {
		return false, err
	}
	if r == nil && m.Attempt%3 == 0 {
		err = n.sender.ReadGroups(ctx)
	}
	switch {
	case err != nil:
		return false, err
	case r == nil && len(n.sender.Grouped(c.GetIncidentId())) > 0:
		return false, nil // a group's message shows its lead's alone
	case m.Attempt >= latest, r != nil && c.GetRunId() == "" && !r.Pictured(), r != nil && r.Held, r != nil && r.Mute != nil && r.Open():
		return false, nil // nobody looks at it
	case r == nil:
		return false, bus.RetryAfter(soon(m.Attempt), errors.New("the chart's message is not there yet"))
	case c.GetRunId() != "" && r.Run(c.GetRunId()) == nil:
		return false, bus.RetryAfter(soon(m.Attempt), errors.New("the chart's run is not there yet"))
	case c.GetRunId() == "" && r.Chart != nil && (c.GetIncidentVersion() < r.Version || r.Chart.Version >= c.GetIncidentVersion() && !exchange.Lacks(r.Chart.File)):
		return false, nil // older than what is shown
	case c.GetRunId() == "" && r.Chart != nil && r.Drawn(r.Chart.Version) && !exchange.Lacks(r.Chart.File):
		return false, nil // the picture there is shows all that is new
	case c.GetRunId() != "" && r.Run(c.GetRunId()).Picture != nil && !exchange.Lacks(r.Run(c.GetRunId()).Picture.File):
		return false, nil
	case c.GetRunId() == "" && c.GetIncidentVersion() > r.Version:
		// The picture is ahead of the text, which is on its way.
		return false, bus.RetryAfter(soon(m.Attempt), errors.New("the chart's version is not told yet"))
	}
	png := c.GetPng()
	if len(png) == 0 {
		png, err = bus.GetObject(ctx, n.env.Bus, bus.ChartPictures, c.GetObjectName())
		if errors.Is(err, bus.ErrNotFound) {
			return false, bus.Permanent(err)
		}
		if err != nil {
			return false, err
		}
	}
	return n.show(ctx, up, c, png)
}

// show uploads a picture and has the message show it. A picture that the chat
// will not show is no failure: the text is there.
func (n *notifier) show(ctx context.Context, up chat.Uploader, c *eventv1.ChartRendered, png []byte) (bool, error) {
	name := fmt.Sprintf("%s-%d.png", bus.Token(c.GetIncidentId()), c.GetIncidentVersion())
	id, err := up.Upload(ctx, chat.Picture{Name: name, Title: c.GetTitle(), Alt: c.GetAltText(), PNG: png})
	var limited *chat.RateLimited
	var later error // what the default chat is to be asked again
	switch {
	case err != nil && exchange.Lacks(id) && !errors.Is(err, chat.ErrRefused) && !errors.Is(err, chat.ErrSetup):
		later = err
		if errors.As(err, &limited) {
			later = bus.RetryAfter(limited.After, err)
		}
	case errors.As(err, &limited):
		return false, bus.RetryAfter(limited.After, err)
	case errors.Is(err, chat.ErrPicture) && id != "":
		n.env.Log.Warn("picture is slow to be processed, trying it nevertheless", "incident", c.GetIncidentId(), "err", err)
	case errors.Is(err, chat.ErrRefused), errors.Is(err, chat.ErrSetup):
		n.env.Log.Error("picture refused by the chat, the message goes without it", "incident", c.GetIncidentId(), "err", err)
		if c.GetRunId() == "" && !exchange.Lacks(id) {
			return false, nil
		}
	case err != nil:
		return false, err
	}
	picture := &record.Chart{Version: c.GetIncidentVersion(), File: id, Alt: c.GetAltText(), Title: c.GetTitle()}
	if c.GetAt() != nil {
		picture.At = c.GetAt().AsTime()
	}
	_, err = n.store.Mutate(ctx, c.GetIncidentId(), func(r *record.Record) error {
		if c.GetRunId() != "" {
			run := r.Run(c.GetRunId())
			if run == nil || run.Picture != nil && !(exchange.Lacks(run.Picture.File) && !exchange.Lacks(id)) {
				return record.ErrUnchanged
			}
			run.Picture = picture
			return nil
		}
		if len(r.Places) == 0 || r.Chart != nil && (r.Chart.Version > picture.Version ||
			r.Chart.Version == picture.Version && (!exchange.Lacks(r.Chart.File) || exchange.Lacks(id))) {
			return record.ErrUnchanged
		}
		r.Show(picture)
		return nil
	})
	if err != nil {
		return false, err
	}
	return true, later
}

// runs tells what comes of actions.
func (n *notifier) runs(ctx context.Context, m *bus.Message[*eventv1.RunChanged], done func(error)) {
	c := m.Event
	id := c.GetIncident().GetId()
	groups := map[string]string{}
	if id == "" {
		id = inbound.LooseRun(c.GetRunId())
	} else {
		groups = n.sender.Grouped(id)
	}
	applied := false
	_, err := n.store.Mutate(ctx, id, func(r *record.Record) error {
		applied = false
		if r.Incident() == nil && c.GetIncident() != nil && len(groups) > 0 {
			r.Apply(c.GetIncident())
			for channel, key := range groups {
				p := r.Place(channel)
				p.Group, p.Lines = key, len(r.Lines)
			}
		}
		if applied = r.ApplyRun(c); !applied {
			return record.ErrUnchanged
		}
		if doc := n.known.Actions()[c.GetAction()]; doc != nil && r.Run(c.GetRunId()).Title == "" {
			r.Run(c.GetRunId()).Title = doc.GetTitle()
		}
		if len(r.Places) == 0 && c.GetIncident() == nil {
			r.Place(or(c.GetChannelId(), n.routing.Table().Default()))
		}
		return nil
	})
	if err != nil {
		done(err)
		return
	}
	if c.GetUndoAction() != "" {
		n.due.watch(id)
	}
	if applied && (c.GetState() == eventv1.RunState_RUN_STATE_REFUSED || c.GetState() == eventv1.RunState_RUN_STATE_FAILED) {
		n.people.Refused(ctx, c)
	}
	n.sender.Touch(ctx, id, func(err error) { done(err); n.people.Changed() })
}

// latest is the delivery at which a picture is not waited for any more: after
// about twenty minutes. The next change of the incident brings another.
const latest = 28

// soon is how long to wait before looking again for what a picture belongs to.
func soon(attempt int) time.Duration {
	return min(250*time.Millisecond<<min(max(attempt-1, 0), 8), time.Minute)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
