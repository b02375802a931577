package workspace

import (
	"errors"
)

// submit does what a person does who fills in a modal and sends it.
func (w *Workspace) submit(c *call) (object, error) {
	given, err := c.object("values")
	if err != nil {
		return nil, explain("invalid_arguments", "values: %v", err)
	}
	payload, v, err := w.submission(c, given)
	if err != nil {
		return nil, err
	}
	ack, err := w.deliver(c.ctx, "interactive", payload, true, 0)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Action string         `json:"response_action"`
		View   object         `json:"view"`
		Errors map[string]any `json:"errors"`
	}
	if len(ack) > 0 {
		if err := decode(ack, &answer); err != nil {
			return nil, explain("invalid_view_response", "the acknowledgement is no answer to a modal: %v", err)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if answer.Action == "errors" {
		w.hub.send(v.user, "view_errors", object{"view": v.id, "errors": answer.Errors})
		return object{"ok": false, "error": "view_errors", "response_action": "errors", "errors": answer.Errors}, nil
	}
	return w.follow(v, answer.Action, answer.View)
}

// submission builds the view_submission payload.
func (w *Workspace) submission(c *call, given object) (object, *view, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.user(c.str("user"))
	if u == nil || u.Bot {
		return nil, nil, explain("user_not_found", "no person %q", c.str("user"))
	}
	v := w.openView(u.ID, c.str("view_id"))
	if v == nil {
		return nil, nil, explain("view_not_found", "%s has no modal %q open", u.Display, c.str("view_id"))
	}
	if v.body["submit"] == nil {
		return nil, nil, explain("not_submittable", "this modal has no submit button")
	}
	values, faults, err := w.state(v.blocks(), given)
	if err != nil {
		return nil, nil, err
	}
	if len(faults) > 0 {
		return nil, nil, &failure{code: "invalid_input", extra: object{"errors": faults}}
	}
	v.values = values
	p := w.interaction("view_submission", u)
	p["trigger_id"], p["view"] = w.newTrigger(u.ID, "", v.id), copyObject(v.object())
	p["response_urls"] = w.responseURLs(c, v, u)
	return p, v, nil
}

// responseURLs are for the conversations chosen in menus with response_url_enabled.
func (w *Workspace) responseURLs(c *call, v *view, u *user) []any {
	list := []any{}
	for _, b := range v.blocks() {
		o, _ := b.(object)
		e, _ := o["element"].(object)
		if e["response_url_enabled"] != true {
			continue
		}
		blockID, _ := o["block_id"].(string)
		actionID, _ := e["action_id"].(string)
		inBlock, _ := v.values[blockID].(object)
		held, _ := inBlock[actionID].(object)
		for _, key := range []string{"selected_conversation", "selected_channel"} {
			chosen, _ := held[key].(string)
			if ch := w.channel(chosen); ch != nil {
				_, url := w.replyTo(u.ID, ch, nil, c.base)
				list = append(list, object{"block_id": blockID, "action_id": actionID, "channel_id": ch.ID, "response_url": url})
			}
		}
	}
	return list
}

// follow does what the app's answer to a submission says. The caller holds mu.
func (w *Workspace) follow(v *view, action string, body object) (object, error) {
	stack := w.stacks[v.user]
	at := -1
	for i, open := range stack {
		if open == v {
			at = i
		}
	}
	if at < 0 { // closed meanwhile
		return object{}, nil
	}
	answer := object{"response_action": action}
	switch action {
	case "":
		delete(answer, "response_action")
		w.restack(v.user, stack[:at:at])
	case "clear":
		w.restack(v.user, nil)
	case "update", "push":
		checked, err := w.viewBody(body)
		if err != nil {
			var bad *failure
			errors.As(err, &bad)
			return nil, &failure{code: "invalid_view_response", extra: bad.extra}
		}
		if action == "update" {
			w.reshape(v, checked)
			answer["view"] = v.object()
			break
		}
		if len(stack) >= maxStack {
			return nil, fail("push_limit_reached")
		}
		over := w.newView(v.user, checked)
		over.root, over.previous = stack[0].id, v.id
		w.restack(v.user, append(stack[:at+1:at+1], over))
		answer["view"] = over.object()
	default:
		return nil, explain("invalid_view_response", "response_action %q is not known", action)
	}
	return answer, nil
}

// closeView does what a person does who closes a modal.
func (w *Workspace) closeView(c *call) (object, error) {
	w.mu.Lock()
	u := w.user(c.str("user"))
	if u == nil {
		w.mu.Unlock()
		return nil, explain("user_not_found", "no person %q", c.str("user"))
	}
	v := w.openView(u.ID, c.str("view_id"))
	if v == nil {
		w.mu.Unlock()
		return nil, explain("view_not_found", "%s has no modal %q open", u.Display, c.str("view_id"))
	}
	stack := w.stacks[u.ID]
	cleared := c.flag("all") || v.body["clear_on_close"] == true
	if cleared {
		stack = nil
	} else {
		stack = stack[: len(stack)-1 : len(stack)-1]
	}
	w.restack(u.ID, stack)
	notify := v.body["notify_on_close"] == true
	p := w.interaction("view_closed", u)
	p["view"], p["is_cleared"] = copyObject(v.object()), cleared
	w.mu.Unlock()
	if notify {
		if _, err := w.deliver(c.ctx, "interactive", p, false, 0); err != nil {
			return nil, err
		}
	}
	return object{}, nil
}
