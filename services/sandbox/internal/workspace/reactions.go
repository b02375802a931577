package workspace

import (
	"slices"
	"strings"
)

// reacted finds the message that a reaction is about.
func (w *Workspace) reacted(c *call) (*channel, *message, error) {
	ch := w.channel(c.str("channel"))
	if ch == nil || (ch.Pair && c.token != "") {
		return nil, nil, fail("channel_not_found")
	}
	ts := c.str("timestamp")
	if ts == "" {
		ts = c.str("ts")
	}
	m := ch.find(ts)
	if m == nil {
		return nil, nil, fail("message_not_found")
	}
	return ch, m, nil
}

func (w *Workspace) reactionAdd(c *call) (object, error) { return w.react(c, BotUser, true) }

func (w *Workspace) reactionRemove(c *call) (object, error) { return w.react(c, BotUser, false) }

func (w *Workspace) reactionGet(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, m, err := w.reacted(c)
	if err != nil {
		return nil, err
	}
	return object{"type": "message", "channel": ch.ID, "message": w.messageObject(ch, m, c.base, false)}, nil
}

func (w *Workspace) react(c *call, who string, add bool) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, m, err := w.reacted(c)
	if err != nil {
		return nil, err
	}
	name := strings.Trim(c.str("name"), ":")
	if name == "" || len(name) > 100 || strings.ContainsAny(name, " <>&") {
		return nil, fail("invalid_name")
	}
	i := slices.IndexFunc(m.Reactions, func(r reaction) bool { return r.Name == name })
	has := i >= 0 && slices.Contains(m.Reactions[i].Users, who)
	switch {
	case add && has:
		return nil, fail("already_reacted")
	case !add && !has:
		return nil, fail("no_reaction")
	case add && i < 0:
		if len(m.Reactions) >= 50 {
			return nil, fail("too_many_emoji")
		}
		m.Reactions = append(m.Reactions, reaction{Name: name, Users: []string{who}})
	case add:
		m.Reactions[i].Users = append(m.Reactions[i].Users, who)
	default:
		m.Reactions[i].Users = slices.DeleteFunc(m.Reactions[i].Users, func(u string) bool { return u == who })
		if len(m.Reactions[i].Users) == 0 {
			m.Reactions = slices.Delete(m.Reactions, i, i+1)
		}
	}
	w.changed()
	w.show(ch, m)
	kind := "reaction_added"
	if !add {
		kind = "reaction_removed"
	}
	w.occurred(object{
		"type": kind, "user": who, "reaction": name, "item_user": m.User, "event_ts": w.stamp(),
		"item": object{"type": "message", "channel": ch.ID, "ts": m.TS},
	})
	return object{}, nil
}
