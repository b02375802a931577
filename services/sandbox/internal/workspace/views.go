package workspace

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/block"
)

// view is an open modal or a home tab.
type view struct {
	id, hash, user string
	root, previous string
	body           object
	values         object
}

const maxStack = 3 // modals over each other

func (v *view) blocks() []any {
	list, _ := v.body["blocks"].([]any)
	return list
}

func (v *view) object() object {
	o := object{
		"callback_id": "", "private_metadata": "", "external_id": "", "clear_on_close": false, "notify_on_close": false,
		"close": nil, "submit": nil,
	}
	maps.Copy(o, v.body)
	values := v.values
	if values == nil {
		values = object{}
	}
	maps.Copy(o, object{
		"id": v.id, "hash": v.hash, "team_id": TeamID, "app_id": AppID, "bot_id": BotID, "app_installed_team_id": TeamID,
		"root_view_id": v.root, "previous_view_id": nil, "state": object{"values": values},
	})
	if v.previous != "" {
		o["previous_view_id"] = v.previous
	}
	return o
}

// viewBody reads and checks the call's view. The caller holds mu.
func (w *Workspace) viewBody(body object) (object, error) {
	if body == nil {
		return nil, fail("invalid_arguments")
	}
	if faults := block.CheckView(body, w.fileReady); len(faults) > 0 {
		bad := invalid("invalid_arguments", faults).(*failure)
		delete(bad.extra, "errors") // as Slack: only in the metadata
		return nil, bad
	}
	body = copyObject(body)
	block.Complete(body["blocks"].([]any))
	return body, nil
}

func (w *Workspace) newView(user string, body object) *view {
	v := &view{id: id("V"), user: user, body: body}
	v.root = v.id
	w.hashed(v)
	return v
}

// hashed gives v a new hash and the state that its inputs begin with.
func (w *Workspace) hashed(v *view) {
	sum := sha256.Sum256([]byte(w.stamp()))
	v.hash = w.stamp()[:10] + "." + hex.EncodeToString(sum[:4])
	v.values, _, _ = w.state(v.blocks(), still(v.blocks(), v.values))
}

// exchange spends the call's trigger_id.
func (w *Workspace) exchange(c *call) (*trigger, error) {
	t := w.triggers[c.str("trigger_id")]
	switch {
	case t == nil:
		return nil, fail("invalid_trigger_id")
	case t.used:
		return nil, fail("exchanged_trigger_id")
	case time.Now().After(t.expires):
		return nil, fail("expired_trigger_id")
	}
	t.used = true
	return t, nil
}

// openOn is views.open and views.push.
func (w *Workspace) openOn(c *call, over bool) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	raw, err := c.object("view")
	if err != nil {
		return nil, fail("invalid_arguments")
	}
	body, err := w.viewBody(raw)
	if err != nil {
		return nil, err
	}
	if body["type"] != "modal" {
		return nil, fail("invalid_arguments")
	}
	if ext, _ := body["external_id"].(string); ext != "" && w.external(ext) != nil {
		return nil, fail("duplicate_external_id")
	}
	t, err := w.exchange(c)
	if err != nil {
		return nil, err
	}
	stack := w.stacks[t.user]
	v := w.newView(t.user, body)
	if over {
		if len(stack) == 0 {
			return nil, fail("not_found")
		}
		if len(stack) >= maxStack {
			return nil, fail("push_limit_reached")
		}
		v.root, v.previous = stack[0].id, stack[len(stack)-1].id
		stack = append(stack, v)
	} else {
		stack = []*view{v}
	}
	w.restack(t.user, stack)
	for _, x := range w.watches {
		if x.reply == t.reply && t.reply != "" {
			offer(x.sure, object{"view": v.object()})
		}
	}
	return object{"view": v.object()}, nil
}

func (w *Workspace) viewOpen(c *call) (object, error) { return w.openOn(c, false) }

func (w *Workspace) viewPush(c *call) (object, error) { return w.openOn(c, true) }

// restack shows a person's modals.
func (w *Workspace) restack(user string, stack []*view) {
	w.stacks[user] = stack
	w.hub.send(user, "views", w.stackObjects(user))
}

func (w *Workspace) stackObjects(user string) []any {
	list := []any{}
	for _, v := range w.stacks[user] {
		list = append(list, v.object())
	}
	return list
}

// openView finds an open modal of a person; "" is the top one.
func (w *Workspace) openView(user, id string) *view {
	stack := w.stacks[user]
	if id == "" && len(stack) > 0 {
		return stack[len(stack)-1]
	}
	i := slices.IndexFunc(stack, func(v *view) bool { return v.id == id })
	if i < 0 {
		return nil
	}
	return stack[i]
}

func (w *Workspace) external(ext string) *view {
	for _, stack := range w.stacks {
		for _, v := range stack {
			if v.body["external_id"] == ext {
				return v
			}
		}
	}
	return nil
}

func (w *Workspace) viewUpdate(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	raw, err := c.object("view")
	if err != nil {
		return nil, fail("invalid_arguments")
	}
	body, err := w.viewBody(raw)
	if err != nil {
		return nil, err
	}
	var v *view
	if ext := c.str("external_id"); ext != "" {
		v = w.external(ext)
	} else {
		for user := range w.stacks {
			if v = w.openView(user, c.str("view_id")); v != nil && v.id == c.str("view_id") {
				break
			}
			v = nil
		}
	}
	if v == nil {
		return nil, fail("not_found")
	}
	if hash := c.str("hash"); hash != "" && hash != v.hash {
		return nil, fail("hash_conflict")
	}
	w.reshape(v, body)
	return object{"view": v.object()}, nil
}

// reshape gives an open view a new body and shows it.
func (w *Workspace) reshape(v *view, body object) {
	v.body = body
	w.hashed(v)
	w.restack(v.user, w.stacks[v.user])
}

func (w *Workspace) viewPublish(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.user(c.str("user_id"))
	if u == nil || strings.TrimSpace(c.str("user_id")) != u.ID {
		return nil, fail("user_not_found")
	}
	raw, err := c.object("view")
	if err != nil {
		return nil, fail("invalid_arguments")
	}
	body, err := w.viewBody(raw)
	if err != nil {
		return nil, err
	}
	if body["type"] != "home" {
		return nil, fail("invalid_arguments")
	}
	v := w.homes[u.ID]
	if hash := c.str("hash"); v != nil && hash != "" && hash != v.hash {
		return nil, fail("hash_conflict")
	}
	if v == nil {
		v = w.newView(u.ID, body)
		w.homes[u.ID] = v
	}
	v.body = body
	w.hashed(v)
	w.hub.send(u.ID, "home", v.object())
	w.answeredHome(u.ID, v)
	return object{"view": v.object()}, nil
}
