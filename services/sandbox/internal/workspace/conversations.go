package workspace

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// page cuts one page out of list by the call's limit and cursor, and returns the
// cursor of the next.
func page[T any](c *call, list []T, otherwise int) ([]T, string, error) {
	limit := c.number("limit", otherwise)
	if limit <= 0 || limit > 1000 {
		limit = otherwise
	}
	start := 0
	if cursor := c.str("cursor"); cursor != "" {
		text, err := base64.StdEncoding.DecodeString(cursor)
		n, bad := strconv.Atoi(strings.TrimPrefix(string(text), "at:"))
		if err != nil || bad != nil || n < 0 || n > len(list) {
			return nil, "", fail("invalid_cursor")
		}
		start = n
	}
	end := min(len(list), start+limit)
	next := ""
	if end < len(list) {
		next = base64.StdEncoding.EncodeToString([]byte("at:" + strconv.Itoa(end)))
	}
	return list[start:end], next, nil
}

func cursor(next string) object { return object{"next_cursor": next} }

func (w *Workspace) conversationsList(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.listed(c, func(ch *channel) bool { return !ch.Pair || c.token == "" })
}

// listed are the conversations of the types that the call asks for.
func (w *Workspace) listed(c *call, also func(*channel) bool) (object, error) {
	types := c.str("types")
	if types == "" {
		types = "public_channel"
	}
	wanted := strings.Split(strings.ReplaceAll(types, " ", ""), ",")
	list := []any{}
	for _, ch := range w.channels {
		kind := "public_channel"
		if ch.direct() {
			kind = "im"
		} else if ch.Private {
			kind = "private_channel"
		}
		if !also(ch) || !slices.Contains(wanted, kind) || (ch.Archived && c.flag("exclude_archived")) {
			continue
		}
		list = append(list, w.channelObject(ch))
	}
	list, next, err := page(c, list, 100)
	if err != nil {
		return nil, err
	}
	return object{"channels": list, "response_metadata": cursor(next)}, nil
}

// readable is the channel that the call wants to read.
func (w *Workspace) readable(c *call) (*channel, error) {
	ch := w.channel(c.str("channel"))
	switch {
	case ch == nil:
		return nil, fail("channel_not_found")
	case c.token != "" && (ch.Pair || ch.ID != c.str("channel")):
		return nil, fail("channel_not_found") // Slack takes ids only
	case c.token != "" && !ch.has(BotUser):
		return nil, fail("not_in_channel")
	}
	return ch, nil
}

func (w *Workspace) conversationsInfo(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := w.channel(c.str("channel"))
	if ch == nil || (ch.Pair && c.token != "") {
		return nil, fail("channel_not_found")
	}
	return object{"channel": w.channelObject(ch)}, nil
}

func (w *Workspace) conversationsJoin(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := w.channel(c.str("channel"))
	switch {
	case ch == nil:
		return nil, fail("channel_not_found")
	case ch.Archived:
		return nil, fail("is_archived")
	case ch.Private || ch.direct():
		return nil, fail("method_not_supported_for_channel_type")
	}
	if !ch.has(BotUser) {
		ch.Members = append(ch.Members, BotUser)
		w.changed()
	}
	return object{"channel": w.channelObject(ch)}, nil
}

func (w *Workspace) conversationsMembers(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := w.channel(c.str("channel"))
	if ch == nil {
		return nil, fail("channel_not_found")
	}
	members, next, err := page(c, ch.Members, 100)
	if err != nil {
		return nil, err
	}
	return object{"members": members, "response_metadata": cursor(next)}, nil
}

// within tells whether a message lies in the call's span of time.
func within(c *call, ts string) bool {
	oldest, latest, inclusive := c.str("oldest"), c.str("latest"), c.flag("inclusive")
	return (oldest == "" || oldest == "0" || ts > oldest || (inclusive && ts == oldest)) &&
		(latest == "" || ts < latest || (inclusive && ts == latest))
}

func (w *Workspace) history(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, err := w.readable(c)
	if err != nil {
		return nil, err
	}
	var found []*message
	for _, m := range slices.Backward(ch.Messages) {
		if (m.ThreadTS == "" || m.ThreadTS == m.TS || m.Broadcast) && within(c, m.TS) {
			found = append(found, m)
		}
	}
	return w.messages(c, ch, found, object{"pin_count": 0})
}

func (w *Workspace) replies(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch, err := w.readable(c)
	if err != nil {
		return nil, err
	}
	parent := ch.find(c.str("ts"))
	if parent == nil {
		return nil, fail("thread_not_found")
	}
	if parent.ThreadTS != "" && parent.ThreadTS != parent.TS {
		if parent = ch.find(parent.ThreadTS); parent == nil {
			return nil, fail("thread_not_found")
		}
	}
	found := []*message{parent}
	for _, m := range ch.threads[parent.TS] {
		if within(c, m.TS) {
			found = append(found, m)
		}
	}
	return w.messages(c, ch, found, object{})
}

func (w *Workspace) messages(c *call, ch *channel, found []*message, answer object) (object, error) {
	found, next, err := page(c, found, 100)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, m := range found {
		list = append(list, w.messageObject(ch, m, c.base, c.flag("include_all_metadata")))
	}
	answer["messages"], answer["has_more"] = list, next != ""
	answer["response_metadata"] = cursor(next)
	return answer, nil
}
