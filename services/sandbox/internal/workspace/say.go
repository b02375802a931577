package workspace

import (
	"slices"
	"strings"
)

// say posts what a person types: a message or a reply, in a channel or in a direct
// message with the app or with somebody.
func (w *Workspace) say(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, err := w.person(c)
	if err != nil {
		return nil, err
	}
	ch := w.spoken(u, c.str("channel"))
	if ch == nil {
		return nil, explain("channel_not_found", "no channel %q", c.str("channel"))
	}
	if ch.Archived {
		return nil, fail("is_archived")
	}
	text := strings.TrimSpace(c.str("text"))
	if text == "" {
		return nil, fail("no_text")
	}
	if len([]rune(text)) > maxText {
		return nil, fail("msg_too_long")
	}
	m := &message{TS: w.stamp(), User: u.ID, Text: w.escape(text, true)}
	if err := w.inThread(c, ch, m); err != nil {
		return nil, err
	}
	w.publish(ch, m)
	return object{"channel": ch.ID, "ts": m.TS, "message": w.messageObject(ch, m, c.base, false)}, nil
}

// heard tells the app about a message where it is a member; about its own too, which
// have a bot_id, as in Slack.
func (w *Workspace) heard(ch *channel, m *message) {
	if m.To != "" || !ch.has(BotUser) {
		return
	}
	ev := object{
		"type": "message", "channel": ch.ID, "user": m.User, "text": m.Text, "ts": m.TS, "event_ts": m.TS, "team": TeamID,
		"channel_type": "channel",
	}
	if m.BotID == "" {
		ev["client_msg_id"] = id("")
	} else {
		ev["bot_id"], ev["app_id"] = m.BotID, AppID
	}
	switch {
	case ch.With != "":
		ev["channel_type"] = "im"
	case ch.Private:
		ev["channel_type"] = "group"
	}
	if m.ThreadTS != "" {
		ev["thread_ts"] = m.ThreadTS
	}
	w.occurred(ev)
	if ch.With == "" && m.BotID == "" && strings.Contains(m.Text, "<@"+BotUser+">") {
		ev = copyObject(ev)
		ev["type"] = "app_mention"
		delete(ev, "channel_type")
		w.occurred(ev)
	}
}

// subscribed tells whether the app wants an event: by its type, or for messages by
// the name that a manifest has for them.
func (w *Workspace) subscribed(ev object) bool {
	kind, _ := ev["type"].(string)
	if slices.Contains(w.events, kind) {
		return true
	}
	if kind != "message" {
		return false
	}
	in, _ := ev["channel_type"].(string)
	return slices.Contains(w.events, map[string]string{"im": "message.im", "channel": "message.channels", "group": "message.groups"}[in])
}
