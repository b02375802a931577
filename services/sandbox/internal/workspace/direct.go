package workspace

import (
	"slices"
	"strings"
	"time"
)

// direct tells whether c is a direct message: with the app, or of two people.
func (c *channel) direct() bool { return c.With != "" || c.Pair }

// seenBy tells whether a person may look into c.
func (c *channel) seenBy(person string) bool {
	return (!c.direct() && !c.Private) || c.has(person)
}

// title is how payloads name c.
func (c *channel) title() string {
	if c.direct() {
		return "directmessage"
	}
	return c.Name
}

// tell shows a change in ch to the pages of one person, or with to empty of all
// who may look into it.
func (w *Workspace) tell(ch *channel, to, kind string, v any) {
	if to != "" || (!ch.direct() && !ch.Private) {
		w.hub.send(to, kind, v)
		return
	}
	for _, person := range ch.Members {
		w.hub.send(person, kind, v)
	}
}

// with returns the direct message of the bot and a person, opening it if needed.
func (w *Workspace) with(person string) *channel {
	for _, c := range w.channels {
		if c.With == person {
			return c
		}
	}
	return w.begin(&channel{ID: id("D"), With: person, Members: []string{person, BotUser}})
}

// between returns the direct message of two people, opening it if needed.
func (w *Workspace) between(one, other string) *channel {
	for _, c := range w.channels {
		if c.Pair && c.has(one) && c.has(other) {
			return c
		}
	}
	return w.begin(&channel{ID: id("D"), Pair: true, Members: []string{one, other}})
}

func (w *Workspace) begin(c *channel) *channel {
	c.Created = time.Now().Unix()
	c.index()
	w.channels = append(w.channels, c)
	w.changed()
	w.tell(c, "", "channel", w.channelObject(c))
	return c
}

// target resolves the channel argument of a message: a channel, or a person for a direct message.
func (w *Workspace) target(s string) *channel {
	if c := w.channel(s); c != nil {
		return c
	}
	if u := w.user(s); u != nil && u.ID == s && !u.Bot {
		return w.with(u.ID)
	}
	return nil
}

// spoken is the channel in which a person acts: by name or id, or @someone.
func (w *Workspace) spoken(u *user, s string) *channel {
	ch := w.channel(s)
	if other := w.user(s); ch == nil && other != nil {
		switch {
		case other.ID == BotUser:
			return w.with(u.ID)
		case !other.Bot && other != u:
			return w.between(u.ID, other.ID)
		}
	}
	if ch == nil || !ch.seenBy(u.ID) {
		return nil
	}
	return ch
}

// person finds who acts by the call's argument user.
func (w *Workspace) person(c *call) (*user, error) {
	u := w.user(c.str("user"))
	if u == nil || u.Bot {
		return nil, explain("user_not_found", "no person %q", c.str("user"))
	}
	return u, nil
}

// openDirect opens a direct message of a person with another or with the app.
func (w *Workspace) openDirect(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, err := w.person(c)
	if err != nil {
		return nil, err
	}
	ch := w.spoken(u, c.str("with"))
	if ch == nil || !ch.direct() {
		return nil, explain("user_not_found", "nobody else is called %q", c.str("with"))
	}
	return object{"channel": w.channelObject(ch)}, nil
}

func (w *Workspace) conversationsOpen(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, known := w.channel(c.str("channel")), true
	switch {
	case c.str("channel") != "" && (ch == nil || ch.With == ""):
		return nil, fail("channel_not_found")
	case c.str("channel") == "":
		users := strings.FieldsFunc(c.str("users"), func(r rune) bool { return r == ',' || r == ' ' })
		if len(users) == 0 {
			return nil, fail("users_list_not_supplied")
		}
		if len(users) > 1 {
			return nil, explain("not_supported", "group direct messages do not exist here: open one for each person")
		}
		u := w.user(users[0])
		if u == nil || u.ID != users[0] {
			return nil, fail("user_not_found")
		}
		if u.Bot || u.Gone {
			return nil, fail("cannot_dm_bot")
		}
		known = slices.ContainsFunc(w.channels, func(c *channel) bool { return c.With == u.ID })
		ch = w.with(u.ID)
	}
	answer := object{"channel": object{"id": ch.ID}}
	if c.flag("return_im") {
		answer["channel"] = w.channelObject(ch)
	}
	if known {
		answer["no_op"], answer["already_open"] = true, true
	}
	return answer, nil
}

func (w *Workspace) conversationsLeave(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := w.channel(c.str("channel"))
	switch {
	case ch == nil || ch.Pair || ch.ID != c.str("channel"):
		return nil, fail("channel_not_found")
	case ch.direct():
		return nil, fail("method_not_supported_for_channel_type")
	case ch.ID == ChannelGen:
		return nil, fail("cant_leave_general")
	case !ch.has(BotUser):
		return object{"not_in_channel": true}, nil
	}
	ch.Members = slices.DeleteFunc(ch.Members, func(m string) bool { return m == BotUser })
	w.changed()
	w.tell(ch, "", "channel", w.channelObject(ch))
	return object{}, nil
}
