package workspace

import (
	"strings"
	"time"
)

// drives are the calls by which people, pages and tests act in the workspace.
func drives() map[string]method {
	return map[string]method{
		"sandbox.click":      {(*Workspace).click, drive, 0},
		"sandbox.command":    {(*Workspace).command, drive, 0},
		"sandbox.submit":     {(*Workspace).submit, drive, 0},
		"sandbox.close":      {(*Workspace).closeView, drive, 0},
		"sandbox.post":       {(*Workspace).say, drive, 0},
		"sandbox.react":      {(*Workspace).personReacts, drive, 0},
		"sandbox.state":      {(*Workspace).everything, drive, 0},
		"sandbox.log":        {(*Workspace).logged, drive, 0},
		"sandbox.faults":     {(*Workspace).setFaults, drive, 0},
		"sandbox.disconnect": {(*Workspace).disconnect, drive, 0},
		"sandbox.channel":    {(*Workspace).setChannel, drive, 0},
		"sandbox.open":       {(*Workspace).openDirect, drive, 0},
		"sandbox.home":       {(*Workspace).openHome, drive, 0},
		"sandbox.options":    {(*Workspace).suggest, drive, 0},
		"sandbox.group":      {(*Workspace).setGroup, drive, 0},
		"sandbox.person":     {(*Workspace).setPerson, drive, 0},
		"sandbox.app":        {(*Workspace).setApp, drive, 0},
	}
}

func (w *Workspace) personReacts(c *call) (object, error) {
	w.mu.Lock()
	u := w.user(c.str("user"))
	w.mu.Unlock()
	if u == nil || u.Bot {
		return nil, explain("user_not_found", "no person %q", c.str("user"))
	}
	return w.react(c, u.ID, !c.flag("remove"))
}

func (w *Workspace) logged(c *call) (object, error) {
	entries, last := w.wire.since(c.str("since"))
	return object{"entries": entries, "last": last}, nil
}

// recent is how many top-level messages of a channel a page begins with.
const recent = 150

// everything is what a page needs to show the workspace to one person.
func (w *Workspace) everything(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.user(c.str("user"))
	if u == nil || u.Bot {
		u = w.user(Operator)
	}
	users, usergroups, chans := []any{}, []any{}, []any{}
	for _, p := range w.people {
		users = append(users, w.userObject(p))
	}
	for _, g := range w.groups {
		usergroups = append(usergroups, w.groupObject(g, true))
	}
	for _, ch := range w.channels {
		if !ch.seenBy(u.ID) {
			continue
		}
		o := w.channelObject(ch)
		o["messages"] = w.recentMessages(ch, u.ID)
		chans = append(chans, o)
	}
	answer := object{
		"team": object{"id": TeamID, "name": teamName}, "me": u.ID, "bot": BotUser, "users": users, "usergroups": usergroups,
		"channels": chans, "commands": w.opt.Commands, "views": w.stackObjects(u.ID), "position": w.hub.position(),
		"connections": len(w.sockets), "http_mode": w.opt.InteractionsURL != "", "now": float64(time.Now().UnixMilli()) / 1000,
	}
	if home := w.homes[u.ID]; home != nil {
		answer["home"] = home.object()
	}
	return answer, nil
}

// recentMessages are the last messages of a channel with their threads, and what
// only this person sees there.
func (w *Workspace) recentMessages(ch *channel, person string) []any {
	list := []any{}
	start, top := 0, 0
	for i := len(ch.Messages) - 1; i >= 0 && top < recent; i-- {
		if m := ch.Messages[i]; m.ThreadTS == "" || m.Broadcast {
			top++
		}
		start = i
	}
	for i, m := range ch.Messages {
		if i >= start {
			list = append(list, w.messageObject(ch, m, "", false))
		}
	}
	for _, m := range ch.Ephemerals {
		if m.To == person {
			list = append(list, w.messageObject(ch, m, "", false))
		}
	}
	return list
}

// setChannel makes a channel, or changes whether the bot is in it and whether it
// is private or archived.
func (w *Workspace) setChannel(c *call) (object, error) {
	name := strings.ToLower(strings.TrimPrefix(c.str("name"), "#"))
	if name == "" || len(name) > 80 || strings.ContainsAny(name, " ./\\<>&") {
		return nil, explain("invalid_name", "a channel's name has up to 80 characters, no spaces and no dots")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	ch := w.channel(name)
	if ch == nil {
		ch = &channel{ID: id("C"), Name: name, Topic: c.str("topic"), Created: time.Now().Unix()}
		for _, u := range w.people {
			if u.ID != "USLACKBOT" {
				ch.Members = append(ch.Members, u.ID)
			}
		}
		ch.index()
		w.channels = append(w.channels, ch)
	}
	if _, given := c.args["private"]; given {
		ch.Private = c.flag("private")
	}
	if _, given := c.args["archived"]; given {
		ch.Archived = c.flag("archived")
	}
	if _, given := c.args["member"]; given {
		var rest []string
		for _, m := range ch.Members {
			if m != BotUser {
				rest = append(rest, m)
			}
		}
		if ch.Members = rest; c.flag("member") {
			ch.Members = append(ch.Members, BotUser)
		}
	}
	w.changed()
	w.tell(ch, "", "channel", w.channelObject(ch))
	return object{"channel": w.channelObject(ch)}, nil
}
