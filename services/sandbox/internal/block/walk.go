package block

import (
	"crypto/rand"
)

// Complete gives every block a block_id and every interactive element an
// action_id, as Slack does when the app leaves them out.
func Complete(blocks []any) {
	for _, v := range blocks {
		b, ok := v.(Object)
		if !ok {
			continue
		}
		if s, _ := b["block_id"].(string); s == "" {
			b["block_id"] = rand.Text()[:5]
		}
		for e := range Elements(b) {
			if s, _ := e["action_id"].(string); s == "" {
				e["action_id"] = rand.Text()[:5]
			}
		}
	}
}

// Elements yields the interactive elements of a block: those of an actions
// block, a section's accessory, an input's element, the buttons in a table's cells,
// and those of a container's children.
func Elements(b Object) func(yield func(Object) bool) {
	return func(yield func(Object) bool) { elements(b, yield) }
}

func elements(b Object, yield func(Object) bool) bool {
	one := func(v any) bool {
		e, ok := v.(Object)
		kind, _ := e["type"].(string)
		if !ok || passive[kind] {
			return true
		}
		return yield(e)
	}
	many := func(v any) bool {
		list, _ := v.([]any)
		for _, e := range list {
			if !one(e) {
				return false
			}
		}
		return true
	}
	switch b["type"] {
	case "actions", "context_actions":
		return many(b["elements"])
	case "section":
		return one(b["accessory"])
	case "input":
		return one(b["element"])
	case "card":
		return many(b["actions"])
	case "data_table":
		rows, _ := b["rows"].([]any)
		for _, r := range rows {
			cells, _ := r.([]any)
			for _, v := range cells {
				if cell, ok := v.(Object); ok && cell["element"] != nil && !one(cell["element"]) {
					return false
				}
			}
		}
	case "container":
		children, _ := b["child_blocks"].([]any)
		for _, v := range children {
			if child, ok := v.(Object); ok && !elements(child, yield) {
				return false
			}
		}
	}
	return true
}

var passive = map[string]bool{"": true, "image": true, "mrkdwn": true, "plain_text": true}

// Find returns the element with actionID, and its block; blockID narrows the
// search where it is not empty.
func Find(blocks []any, blockID, actionID string) (in, element Object, ok bool) {
	for _, v := range blocks {
		b, _ := v.(Object)
		if blockID != "" && b["block_id"] != blockID {
			continue
		}
		for e := range Elements(b) {
			if e["action_id"] == actionID {
				return b, e, true
			}
		}
	}
	return nil, nil, false
}

// Files returns the ids of the slack_file images in blocks.
func Files(blocks []any) []string {
	var ids []string
	add := func(v any) {
		o, _ := v.(Object)
		if f, ok := o["slack_file"].(Object); ok {
			if id, _ := f["id"].(string); id != "" {
				ids = append(ids, id)
			}
		}
	}
	for _, v := range blocks {
		b, _ := v.(Object)
		add(b)
		add(b["accessory"])
		list, _ := b["elements"].([]any)
		for _, e := range list {
			add(e)
		}
	}
	return ids
}
