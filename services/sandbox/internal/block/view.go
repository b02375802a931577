package block

import "fmt"

// CheckView returns what Slack would object to in the view of a modal or a home tab.
func CheckView(view Object, ready Ready) []string {
	c := &checker{ready: ready, blockIDs: map[string]bool{}}
	switch view["type"] {
	case "modal":
		c.where = Modal
		c.textObject("/view", view, "title", plain, 1, 24, true)
		c.textObject("/view", view, "submit", plain, 1, 24, false)
		c.textObject("/view", view, "close", plain, 1, 24, false)
	case "home":
		c.where = Home
	default:
		c.fault("/view/type", "must be one of the allowed values: modal, home")
		return c.faults
	}
	c.text("/view/callback_id", view, "callback_id", 0, 255, false)
	c.text("/view/private_metadata", view, "private_metadata", 0, 3000, false)
	c.text("/view/external_id", view, "external_id", 0, 255, false)
	blocks, ok := view["blocks"].([]any)
	if !ok {
		c.fault("/view", "missing required field: blocks")
		return c.faults
	}
	c.list("/view/blocks", blocks)
	if c.where == Modal && view["submit"] == nil && hasInput(blocks) {
		c.fault("/view/submit", "must be defined when an input block is in the blocks array")
	}
	return c.faults
}

func hasInput(blocks []any) bool {
	for _, b := range blocks {
		if o, ok := b.(Object); ok && o["type"] == "input" {
			return true
		}
	}
	return false
}

// CheckAttachments returns what Slack would object to in legacy attachments: one
// that carries blocks may have no other field than color and fallback.
func CheckAttachments(attachments []any, ready Ready) []string {
	c := &checker{blockIDs: map[string]bool{}}
	c.count("/attachments", len(attachments), 0, 100)
	for i, v := range attachments {
		at := fmt.Sprintf("/attachments/%d", i)
		a, ok := v.(Object)
		if !ok {
			c.fault(at, "must be an object")
			continue
		}
		blocks, ok := a["blocks"].([]any)
		if !ok || len(blocks) == 0 {
			continue
		}
		for name, v := range a {
			if !attachmentFields[name] && !empty(v) {
				c.fault(at, "invalid additional property: %s", name)
			}
		}
		c.faults = append(c.faults, CheckAt(at+"/blocks", blocks, Message, ready)...)
	}
	return c.faults
}

// attachmentFields are the fields an attachment with blocks may have.
var attachmentFields = map[string]bool{"blocks": true, "color": true, "fallback": true, "id": true}

func empty(v any) bool {
	list, isList := v.([]any)
	return v == nil || v == "" || v == false || (isList && len(list) == 0)
}
