package chattest

import (
	"fmt"
	"unicode/utf8"
)

// Check returns what Slack would object to in blocks. ready reports whether a
// file can be shown.
func Check(blocks []map[string]any, ready func(id string) bool) []string {
	k := &checker{ids: map[string]bool{}}
	if len(blocks) > 50 {
		k.fault("no more than 50 blocks")
	}
	for i, b := range blocks {
		k.at = fmt.Sprintf("/blocks/%d", i)
		k.block(b, ready)
	}
	return k.faults
}

type checker struct {
	at     string
	ids    map[string]bool
	faults []string
}

func (k *checker) fault(format string, args ...any) {
	k.faults = append(k.faults, fmt.Sprintf(format, args...)+" [json-pointer:"+k.at+"]")
}

func (k *checker) length(what string, v any, least, most int) {
	s, ok := v.(string)
	if n := utf8.RuneCountInString(s); !ok || n < least || n > most || !utf8.ValidString(s) {
		k.fault("%s: %d characters, want %d to %d of valid text", what, n, least, most)
	}
}

func (k *checker) text(what string, v any, kinds string, most int) {
	o, ok := v.(map[string]any)
	kind, _ := o["type"].(string)
	if !ok || kind != "plain_text" && (kind != "mrkdwn" || kinds == "plain") {
		k.fault("%s: not a text object that may stand here", what)
		return
	}
	k.length(what, o["text"], 1, most)
}

func (k *checker) block(b map[string]any, ready func(string) bool) {
	if id, _ := b["block_id"].(string); id != "" {
		if k.ids[id] {
			k.fault("block_id already exists")
		}
		k.ids[id] = true
		k.length("block_id", id, 1, 255)
	}
	switch b["type"] {
	case "header":
		k.text("header", b["text"], "plain", 150)
	case "section":
		k.text("section", b["text"], "either", 3000)
	case "divider":
	case "context":
		list, _ := b["elements"].([]any)
		if len(list) < 1 || len(list) > 10 {
			k.fault("context: %d elements", len(list))
		}
		for _, e := range list {
			k.text("context", e, "either", 3000)
		}
	case "image":
		f, _ := b["slack_file"].(map[string]any)
		id, _ := f["id"].(string)
		if id == "" || ready != nil && !ready(id) {
			k.fault("invalid slack file")
		}
		k.length("alt_text", b["alt_text"], 1, 2000)
		if b["title"] != nil {
			k.text("title", b["title"], "plain", 2000)
		}
	case "actions":
		k.actions(b)
	default:
		k.fault("unsupported type: %v", b["type"])
	}
}

func (k *checker) actions(b map[string]any) {
	list, _ := b["elements"].([]any)
	if len(list) < 1 || len(list) > 25 {
		k.fault("actions: %d elements", len(list))
	}
	seen := map[any]bool{}
	for _, v := range list {
		e, _ := v.(map[string]any)
		k.length("action_id", e["action_id"], 1, 255)
		if seen[e["action_id"]] {
			k.fault("action_id already exists")
		}
		seen[e["action_id"]] = true
		switch e["type"] {
		case "button":
			k.text("button", e["text"], "plain", 75)
			if e["value"] != nil {
				k.length("value", e["value"], 0, 2000)
			}
			if e["url"] != nil {
				k.length("url", e["url"], 1, 3000)
			}
			if s := e["style"]; s != nil && s != "primary" && s != "danger" {
				k.fault("style %v", s)
			}
			if q, ok := e["confirm"].(map[string]any); ok {
				k.text("confirm title", q["title"], "plain", 100)
				k.text("confirm text", q["text"], "either", 300)
				k.text("confirm yes", q["confirm"], "plain", 30)
				k.text("confirm no", q["deny"], "plain", 30)
			}
		case "static_select":
			k.text("placeholder", e["placeholder"], "plain", 150)
			options, _ := e["options"].([]any)
			if len(options) < 1 || len(options) > 100 {
				k.fault("select: %d options", len(options))
			}
			for _, o := range options {
				o, _ := o.(map[string]any)
				k.text("option", o["text"], "plain", 75)
				k.length("option value", o["value"], 1, 150)
			}
		default:
			k.fault("unsupported element: %v", e["type"])
		}
	}
}
