package workspace

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
)

// reply is a response_url: five uses within 30 minutes.
type reply struct {
	id      string
	user    string
	channel *channel
	on      *message // the message that was clicked, if any
	thread  string
	uses    int
	expires time.Time
}

const (
	replyUses = 5
	replyLife = 30 * time.Minute
	maxReply  = 10_000 // response URLs kept
)

// replyTo makes a response_url. The caller holds mu.
func (w *Workspace) replyTo(user string, ch *channel, on *message, base string) (*reply, string) {
	now := time.Now()
	if len(w.responses) >= maxReply {
		for key, r := range w.responses {
			if now.After(r.expires) || len(w.responses) >= maxReply {
				delete(w.responses, key)
			}
		}
	}
	r := &reply{id: id("R"), user: user, channel: ch, on: on, expires: now.Add(replyLife)}
	if on != nil && on.ThreadTS != on.TS {
		r.thread = on.ThreadTS
	}
	w.responses[r.id] = r
	if w.appBase != "" {
		base = w.appBase
	}
	return r, base + "/response/" + r.id
}

// serveResponse takes what the app posts to a response_url.
func (w *Workspace) serveResponse(rw http.ResponseWriter, r *http.Request) {
	began := time.Now()
	status, answer := http.StatusOK, "ok"
	c, err := newCall(r, "response_url")
	if err == nil {
		err = w.used(c, r.PathValue("id"))
	} else {
		c = &call{}
	}
	if bad := (*failure)(nil); errors.As(err, &bad) {
		status, answer = max(bad.status, http.StatusBadRequest), bad.code
	}
	w.wire.add(entry{
		Time: began, Direction: "in", Method: "response_url", Args: c.args,
		Status: status, Response: []byte(answer), Took: time.Since(began),
	})
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.WriteHeader(status)
	_, _ = rw.Write([]byte(answer))
}

func (w *Workspace) used(c *call, id string) error {
	if payload, err := c.object("payload"); err == nil && payload != nil {
		c.args = payload
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.responses[id]
	switch {
	case r == nil:
		return &failure{code: "no_such_url", status: http.StatusNotFound}
	case time.Now().After(r.expires):
		return &failure{code: "expired_url", status: http.StatusNotFound}
	case r.uses >= replyUses:
		return &failure{code: "used_url", status: http.StatusNotFound}
	}
	if err := w.respond(c, r); err != nil {
		return err
	}
	r.uses++
	return nil
}

// respond does what an app answers: to a response_url, or in a command's
// acknowledgement. The caller holds mu.
func (w *Workspace) respond(c *call, r *reply) error {
	if c.flag("delete_original") {
		if r.on != nil {
			w.erase(r.channel, r.on)
		}
		return nil
	}
	parts, err := w.content(c)
	if err != nil {
		return err
	}
	if parts.empty() {
		return fail("no_text")
	}
	if c.flag("replace_original") && r.on != nil {
		parts.hasBlocks, parts.hasAttachments = true, true // what is not given is gone
		w.edit(r.channel, r.on, parts)
		w.answered(r.channel, "", r.id, w.messageObject(r.channel, r.on, c.base, false))
		return nil
	}
	m := w.botMessage(parts)
	if c.str("response_type") != "in_channel" {
		m.To = r.user
	}
	if m.ThreadTS = r.thread; c.str("thread_ts") != "" {
		if err := w.inThread(c, r.channel, m); err != nil {
			return err
		}
	}
	w.publish(r.channel, m)
	w.answered(r.channel, "", r.id, w.messageObject(r.channel, m, c.base, false))
	return nil
}

// watch is a person's command that waits for its first visible answer.
type watch struct {
	user, reply, trigger string
	channel              *channel
	sure                 chan object // an answer meant for it
	maybe                chan object // what the person sees in the channel meanwhile
}

// answered tells the commands that wait about a new message: in answer to reply,
// only for the person to, or for everyone in the channel. The caller holds mu.
func (w *Workspace) answered(ch *channel, to, reply string, o object) {
	for _, x := range w.watches {
		switch {
		case x.channel != ch:
		case reply != "":
			if x.reply == reply {
				offer(x.sure, o)
			}
		case to == "" || x.user == to:
			offer(x.maybe, o) // perhaps what came of an earlier one
		}
	}
}

func offer(to chan object, o object) {
	select {
	case to <- o:
	default: // one is enough
	}
}

func (w *Workspace) unwatch(x *watch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watches = slices.DeleteFunc(w.watches, func(o *watch) bool { return o == x })
}

// first waits for the first answer; another message that the person sees counts
// after two seconds without a better one.
func (x *watch) first(ctx context.Context, wait time.Duration) object {
	end := time.NewTimer(wait)
	defer end.Stop()
	var settle <-chan time.Time
	var second object
	maybe := x.maybe
	for {
		select {
		case o := <-x.sure:
			return o
		case second = <-maybe:
			maybe, settle = nil, time.After(2*time.Second)
		case <-settle:
			return second
		case <-end.C:
			return second
		case <-ctx.Done():
			return second
		}
	}
}

// serveWebhook is an incoming webhook: text into a channel, nothing else.
func (w *Workspace) serveWebhook(rw http.ResponseWriter, r *http.Request) {
	began := time.Now()
	status, answer := http.StatusOK, "ok"
	c, err := newCall(r, "webhook")
	if err == nil {
		err = w.hook(c, r.PathValue("channel"))
	} else {
		c = &call{}
	}
	if bad := (*failure)(nil); errors.As(err, &bad) {
		status, answer = max(bad.status, http.StatusBadRequest), bad.code
	}
	w.wire.add(entry{
		Time: began, Direction: "in", Method: "webhook", Args: c.args,
		Status: status, Response: []byte(answer), Took: time.Since(began),
	})
	rw.WriteHeader(status)
	_, _ = rw.Write([]byte(answer))
}

func (w *Workspace) hook(c *call, to string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := w.channel(strings.TrimPrefix(to, "#"))
	if ch == nil {
		return &failure{code: "channel_not_found", status: http.StatusNotFound}
	}
	parts, err := w.content(c)
	if err != nil {
		return err
	}
	if parts.empty() {
		return fail("no_text")
	}
	if err := w.limitMessages(ch); err != nil {
		return err
	}
	w.publish(ch, w.botMessage(parts))
	return nil
}
