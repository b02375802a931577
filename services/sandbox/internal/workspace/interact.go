package workspace

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/block"
)

// trigger lets the app open one modal within 3 seconds.
type trigger struct {
	user, reply string
	view        string // the modal it came from
	expires     time.Time
	used        bool
}

const triggerLife = 3 * time.Second

// newTrigger returns a trigger_id. The caller holds mu.
func (w *Workspace) newTrigger(user, reply, view string) string {
	now := time.Now()
	for key, t := range w.triggers {
		if now.After(t.expires.Add(time.Minute)) {
			delete(w.triggers, key)
		}
	}
	key := w.stamp() + "." + id("")
	w.triggers[key] = &trigger{user: user, reply: reply, view: view, expires: now.Add(triggerLife)}
	return key
}

// interaction is what every interactive payload carries.
func (w *Workspace) interaction(kind string, u *user) object {
	return object{
		"type": kind, "token": verification, "api_app_id": AppID, "enterprise": nil, "is_enterprise_install": false,
		"user": object{"id": u.ID, "username": u.Name, "name": u.Name, "team_id": TeamID},
		"team": object{"id": TeamID, "domain": teamDomain},
	}
}

// click does what a person does with a button, a menu or another element of a
// message or a modal, once or several times over.
func (w *Workspace) click(c *call) (object, error) {
	payload, err := w.clicked(c)
	if err != nil {
		return nil, err
	}
	times := min(max(1, c.number("times", 1)), 10)
	acks, errs := make([]json.RawMessage, times), make([]error, times)
	var all sync.WaitGroup
	for i := range times {
		all.Go(func() { acks[i], errs[i] = w.deliver(c.ctx, "interactive", payload, false, 0) })
	}
	all.Wait()
	count := 0
	for _, e := range errs {
		if e == nil {
			count++
		} else {
			err = e
		}
	}
	if count == 0 {
		return nil, err
	}
	return object{"acked": count, "sent": times, "actions": payload["actions"]}, nil
}

// clicked builds the block_actions payload of a click.
func (w *Workspace) clicked(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.user(c.str("user"))
	if u == nil || u.Bot {
		return nil, explain("user_not_found", "no person %q", c.str("user"))
	}
	p := w.interaction("block_actions", u)
	var blocks []any
	var err error
	if c.str("view_id") != "" {
		blocks, err = w.clickedView(c, u, p)
	} else {
		blocks, err = w.clickedMessage(c, u, p)
	}
	if err != nil {
		return nil, err
	}
	in, element, ok := block.Find(blocks, c.str("block_id"), c.str("action_id"))
	if !ok {
		return nil, explain("action_not_found", "nothing with action_id %q there", c.str("action_id"))
	}
	action, err := w.chosen(element, c.args["value"])
	if err != nil {
		return nil, err
	}
	action["action_id"], action["block_id"], action["action_ts"] = element["action_id"], in["block_id"], w.stamp()
	given, _ := c.args["state"].(object)
	values, _, err := w.state(blocks, given)
	if err != nil {
		return nil, err
	}
	if stateful(element) {
		inBlock, _ := values[in["block_id"].(string)].(object)
		if inBlock == nil {
			inBlock = object{}
			values[in["block_id"].(string)] = inBlock
		}
		own := copyObject(action)
		delete(own, "action_id")
		delete(own, "block_id")
		delete(own, "action_ts")
		inBlock[element["action_id"].(string)] = own
	}
	p["actions"], p["state"] = []any{action}, object{"values": values}
	if v, ok := p["view"].(object); ok {
		v["state"] = object{"values": values}
		delete(p, "state")
		w.viewOf(u, c.str("view_id")).values = values
	}
	return p, nil
}

func (w *Workspace) clickedMessage(c *call, u *user, p object) ([]any, error) {
	ch := w.channel(c.str("channel"))
	if ch == nil || !ch.seenBy(u.ID) {
		return nil, explain("channel_not_found", "no channel %q", c.str("channel"))
	}
	m := ch.find(c.str("ts"))
	if m == nil {
		if m = ch.findPrivate(c.str("ts")); m == nil || m.To != u.ID {
			return nil, explain("message_not_found", "no message %q that %s sees in %s", c.str("ts"), u.Display, ch.Name)
		}
	}
	r, url := w.replyTo(u.ID, ch, m, c.base)
	base := c.base
	if w.appBase != "" {
		base = w.appBase
	}
	container := object{"type": "message", "message_ts": m.TS, "channel_id": ch.ID, "is_ephemeral": m.To != ""}
	if m.ThreadTS != "" {
		container["thread_ts"] = m.ThreadTS
	}
	p["container"], p["channel"] = container, object{"id": ch.ID, "name": ch.title()}
	p["response_url"], p["trigger_id"] = url, w.newTrigger(u.ID, r.id, "")
	if m.To == "" {
		p["message"] = copyObject(w.messageObject(ch, m, base, true))
	}
	blocks := m.Blocks
	for _, a := range m.Attachments {
		if list, ok := a.(object)["blocks"].([]any); ok {
			blocks = append(blocks[:len(blocks):len(blocks)], list...)
		}
	}
	return blocks, nil
}

func (w *Workspace) clickedView(c *call, u *user, p object) ([]any, error) {
	v := w.viewOf(u, c.str("view_id"))
	if v == nil {
		return nil, explain("view_not_found", "%s has no view %q open", u.Display, c.str("view_id"))
	}
	p["container"] = object{"type": "view", "view_id": v.id}
	p["trigger_id"] = w.newTrigger(u.ID, "", v.id)
	p["view"] = copyObject(v.object())
	return v.blocks(), nil
}

// viewOf finds a person's open modal or home tab.
func (w *Workspace) viewOf(u *user, id string) *view {
	if v := w.openView(u.ID, id); v != nil {
		return v
	}
	if v := w.homes[u.ID]; v != nil && v.id == id {
		return v
	}
	return nil
}
