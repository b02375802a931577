package workspace

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// answerWait is how long a command waits, once it is acknowledged, for something
// that the person can see.
const answerWait = 8 * time.Second

// command does what a person does who types a slash command, and answers with what
// that person sees.
func (w *Workspace) command(c *call) (object, error) {
	name := c.str("command")
	if !strings.HasPrefix(name, "/") {
		name = "/" + name
	}
	w.mu.Lock()
	u, ch := w.user(c.str("user")), w.channel(c.str("channel"))
	switch {
	case u == nil || u.Bot:
		w.mu.Unlock()
		return nil, explain("user_not_found", "no person %q", c.str("user"))
	case ch == nil:
		w.mu.Unlock()
		return nil, explain("channel_not_found", "no channel %q", c.str("channel"))
	case !slices.ContainsFunc(w.opt.Commands, func(k Command) bool { return k.Name == name }):
		w.slackbot(ch, u.ID, name+" is not a valid command.")
		w.mu.Unlock()
		return nil, explain("unknown_command", "%s is not a valid command", name)
	}
	if !ch.seenBy(u.ID) {
		w.mu.Unlock()
		return nil, explain("channel_not_found", "no channel %q", c.str("channel"))
	}
	r, url := w.replyTo(u.ID, ch, nil, c.base)
	x := &watch{user: u.ID, channel: ch, reply: r.id, sure: make(chan object, 1), maybe: make(chan object, 1)}
	w.watches = append(w.watches, x)
	payload := object{
		"token": verification, "team_id": TeamID, "team_domain": teamDomain, "channel_id": ch.ID, "channel_name": ch.title(),
		"user_id": u.ID, "user_name": u.Name, "command": name, "text": w.escapeCommand(c.str("text")), "api_app_id": AppID,
		"is_enterprise_install": "false", "response_url": url, "trigger_id": w.newTrigger(u.ID, r.id, ""),
	}
	w.mu.Unlock()
	defer w.unwatch(x)

	ack, err := w.deliver(c.ctx, "slash_commands", payload, true, 0)
	if err == nil {
		err = w.acknowledged(c, r, ack)
	}
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		var bad *failure
		if errors.As(err, &bad) {
			w.slackbot(ch, u.ID, name+" failed with the error \""+bad.code+"\"")
		}
		return nil, err
	}
	wait := answerWait
	if ms := c.number("wait_ms", -1); ms >= 0 {
		wait = time.Duration(ms) * time.Millisecond
	}
	o := x.first(c.ctx, wait)
	switch {
	case o == nil:
		return object{"messages": []any{}}, nil
	case o["view"] != nil:
		return object{"messages": []any{}, "view": o["view"]}, nil
	}
	return object{"messages": []any{o}}, nil
}

// acknowledged shows the message that a command's acknowledgement may carry.
func (w *Workspace) acknowledged(c *call, r *reply, ack json.RawMessage) error {
	if len(ack) == 0 || string(ack) == "null" {
		return nil
	}
	answer := &call{ctx: c.ctx, method: "acknowledgement", base: c.base}
	if err := decode(ack, &answer.args); err != nil || answer.args == nil {
		return explain("invalid_command_response", "the acknowledgement is not a message")
	}
	if len(answer.args) == 0 {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.respond(answer, r); err != nil {
		return explain("invalid_command_response", "the acknowledgement's message is refused: %v", err)
	}
	return nil
}

// slackbot tells one person something. The caller holds mu.
func (w *Workspace) slackbot(ch *channel, to, text string) {
	w.publish(ch, &message{TS: w.stamp(), User: "USLACKBOT", To: to, Text: text})
}

// escapeCommand turns @names and #channels into Slack's escaped forms, as
// should_escape in the manifest asks for.
func (w *Workspace) escapeCommand(text string) string { return w.escape(text, false) }

// escape turns what a person types into message text.
func (w *Workspace) escape(text string, links bool) string {
	text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	words := strings.Split(text, " ")
	for i := 0; i < len(words); i++ {
		word := words[i]
		switch {
		case strings.HasPrefix(word, "@"):
			// the longest name wins: "@second operator"
			for n := min(3, len(words)-i); n > 0; n-- {
				if mention, rest := w.mention(strings.Join(words[i:i+n], " ")); mention != "" {
					words = slices.Replace(words, i, i+n, mention+rest)
					break
				}
			}
		case strings.HasPrefix(word, "#"):
			name := strings.TrimRight(word[1:], ".,;:!?")
			if ch := w.channel(name); ch != nil && !ch.direct() {
				words[i] = "<#" + ch.ID + "|" + ch.Name + ">" + word[1+len(name):]
			}
		case links && (strings.HasPrefix(word, "https://") || strings.HasPrefix(word, "http://")):
			words[i] = "<" + word + ">"
		}
	}
	return strings.Join(words, " ")
}

// mention resolves "@name" and returns what punctuation follows it.
func (w *Workspace) mention(text string) (mention, rest string) {
	name := strings.TrimRight(text[1:], ".,;:!?")
	rest = text[1+len(name):]
	switch name {
	case "":
		return "", ""
	case "here", "channel", "everyone":
		return "<!" + name + ">", rest
	}
	for _, g := range w.groups {
		if g.Handle == strings.ToLower(name) {
			return "<!subteam^" + g.ID + "|@" + g.Handle + ">", rest
		}
	}
	if u := w.user(name); u != nil && u.ID != "USLACKBOT" {
		return "<@" + u.ID + ">", rest
	}
	return "", ""
}
