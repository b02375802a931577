package chattest

import (
	"fmt"
	"unicode/utf8"
)

// Check returns what Slack would object to in blocks. ready reports whether a
// file can be shown.
func Check(blocks []map[string]any, ready func(id string) bool) []string {
	return check(&checker{ids: map[string]bool{}}, blocks, ready, 50)
}

// CheckView is Check for a form or a home tab.
func CheckView(view map[string]any, ready func(id string) bool) []string {
	k := &checker{ids: map[string]bool{}, view: view["type"] == "modal"}
	list, _ := view["blocks"].([]any)
	var blocks []map[string]any
	inputs := 0
	for _, v := range list {
		b, _ := v.(map[string]any)
		blocks = append(blocks, b)
		if b["type"] == "input" {
			inputs++
		}
	}
	if k.view {
		k.text("title", view["title"], "plain", 24)
		if view["submit"] != nil || inputs > 0 {
			k.text("submit", view["submit"], "plain", 24)
		}
	}
	if m := view["private_metadata"]; m != nil {
		k.length("private_metadata", m, 0, 3000)
	}
	return check(k, blocks, ready, 100)
}

func check(k *checker, blocks []map[string]any, ready func(id string) bool, most int) []string {
	if len(blocks) > most {
		k.fault("no more than %d blocks", most)
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
	view   bool // a form, where inputs may stand
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
	case "input":
		if !k.view {
			k.fault("unsupported type: input")
		}
		k.text("label", b["label"], "plain", 2000)
		if b["hint"] != nil {
			k.text("hint", b["hint"], "plain", 2000)
		}
		e, _ := b["element"].(map[string]any)
		k.element(e)
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
		k.element(e)
	}
}

// element checks one control.
func (k *checker) element(e map[string]any) {
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
		k.options(e, 100)
	case "overflow":
		k.options(e, 5)
	case "checkboxes":
		k.options(e, 10)
	case "users_select":
		k.text("placeholder", e["placeholder"], "plain", 150)
	case "datetimepicker":
	case "plain_text_input":
		if e["initial_value"] != nil {
			k.length("initial_value", e["initial_value"], 0, 3000)
		}
	default:
		k.fault("unsupported element: %v", e["type"])
	}
}

func (k *checker) options(e map[string]any, most int) {
	options, _ := e["options"].([]any)
	if len(options) < 1 || len(options) > most {
		k.fault("%v: %d options", e["type"], len(options))
	}
	for _, o := range options {
		o, _ := o.(map[string]any)
		k.text("option", o["text"], "plain", 75)
		k.length("option value", o["value"], 1, 150)
	}
}
