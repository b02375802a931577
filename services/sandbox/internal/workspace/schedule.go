package workspace

import (
	"slices"
	"strconv"
	"time"

	"github.com/parley-ops/parley/services/internal/wait"
)

// later is a message that waits for its time. Its arguments were checked when it
// was scheduled, and are again when it is posted, as in Slack.
type later struct {
	ID      string `json:"id"`
	Channel string `json:"channel"`
	At      int64  `json:"at"`      // Unix seconds
	Created int64  `json:"created"` // Unix seconds
	Args    object `json:"args"`
}

const (
	farthest     = 120 * 24 * time.Hour
	maxScheduled = 1_000
)

func (w *Workspace) schedule(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, err := w.writable(c)
	if err != nil {
		return nil, err
	}
	parts, err := w.content(c)
	if err != nil {
		return nil, err
	}
	if parts.empty() {
		return nil, fail("no_text")
	}
	now, at := time.Now(), int64(c.number("post_at", 0))
	switch {
	case at <= 0:
		return nil, fail("invalid_time")
	case at <= now.Unix():
		return nil, fail("time_in_past")
	case at > now.Add(farthest).Unix():
		return nil, fail("time_too_far")
	case len(w.scheduled) >= maxScheduled:
		return nil, fail("restricted_too_many")
	}
	l := &later{ID: id("Q"), Channel: ch.ID, At: at, Created: now.Unix(), Args: copyObject(c.args)}
	w.scheduled = append(w.scheduled, l)
	w.changed()
	w.postLater(l)
	return object{
		"channel": ch.ID, "scheduled_message_id": l.ID, "post_at": l.At,
		"message": object{"text": parts.text, "type": "delayed_message", "bot_id": BotID, "user": BotUser, "team": TeamID},
	}, nil
}

// postLater posts l at its time, if it is still wanted then.
func (w *Workspace) postLater(l *later) {
	w.tasks.Go(func() {
		if wait.For(w.done, time.Until(time.Unix(l.At, 0))) != nil {
			return
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if !slices.Contains(w.scheduled, l) {
			return
		}
		w.scheduled = slices.DeleteFunc(w.scheduled, func(o *later) bool { return o == l })
		w.changed()
		c := &call{ctx: w.done, method: "chat.scheduleMessage", args: l.Args}
		ch, err := w.writable(c)
		if err != nil {
			return
		}
		parts, err := w.content(c)
		if err != nil {
			return
		}
		m := w.botMessage(parts)
		if w.inThread(c, ch, m) == nil {
			w.publish(ch, m)
		}
	})
}

// reschedule takes up what a snapshot brought.
func (w *Workspace) reschedule() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.loaded {
		w.postLater(l)
	}
	w.loaded = nil
}

func (w *Workspace) unschedule(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.scheduled, func(l *later) bool {
		return l.ID == c.str("scheduled_message_id") && l.Channel == c.str("channel")
	})
	if i < 0 {
		return nil, fail("invalid_scheduled_message_id")
	}
	w.scheduled = slices.Delete(w.scheduled, i, i+1)
	w.changed()
	return object{}, nil
}

func (w *Workspace) scheduledList(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := []any{}
	for _, l := range w.scheduled {
		if c.str("channel") == "" || c.str("channel") == l.Channel {
			list = append(list, object{"id": l.ID, "channel_id": l.Channel, "post_at": l.At, "date_created": l.Created, "text": str(l.Args["text"])})
		}
	}
	list, next, err := page(c, list, 100)
	if err != nil {
		return nil, err
	}
	return object{"scheduled_messages": list, "response_metadata": cursor(next)}, nil
}

func str(v any) string { s, _ := v.(string); return s }

// zone is where a person's day is: the IANA name, a label, and seconds east of UTC.
func (u *user) zone(now time.Time) (name, label string, offset int) {
	at, err := time.LoadLocation(u.Zone)
	if u.Zone == "" || err != nil {
		return "Etc/UTC", "Coordinated Universal Time", 0
	}
	label, offset = now.In(at).Zone()
	if _, err := strconv.Atoi(label); err == nil { // "+03"
		label = "UTC" + label
	}
	return u.Zone, label, offset
}
