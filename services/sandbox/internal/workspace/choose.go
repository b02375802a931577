package workspace

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-ops/parley/services/sandbox/internal/block"
)

// chosen is an element with what a person did to it: the shape of an entry in
// "actions" and in a view's state, without its ids. value nil is what it begins with.
func (w *Workspace) chosen(e object, value any) (object, error) {
	kind, _ := e["type"].(string)
	o := object{"type": kind}
	if given, ok := value.(object); ok { // Slack's own form
		for key, v := range given {
			if key != "type" {
				o[key] = v
			}
		}
		return o, nil
	}
	var err error
	switch strings.TrimPrefix(kind, "multi_") {
	case "button", "workflow_button", "icon_button", "feedback_buttons":
		o["text"] = e["text"]
		for _, key := range []string{"value", "style", "confirm"} {
			if e[key] != nil {
				o[key] = e[key]
			}
		}
		if value != nil && value != "" {
			o["value"] = value
		}
	case "external_select":
		err = pickOptions(o, offered(e, value), value)
	case "static_select", "overflow", "radio_buttons", "checkboxes":
		err = pickOptions(o, e, value)
	case "users_select":
		err = w.pickIDs(o, e, value, "selected_user", "initial_user")
	case "conversations_select":
		err = w.pickIDs(o, e, value, "selected_conversation", "initial_conversation")
	case "channels_select":
		err = w.pickIDs(o, e, value, "selected_channel", "initial_channel")
	case "datepicker":
		o["selected_date"] = first(value, e["initial_date"])
	case "timepicker":
		o["selected_time"] = first(value, e["initial_time"])
	case "datetimepicker":
		o["selected_date_time"] = first(value, e["initial_date_time"])
	case "rich_text_input":
		o["rich_text_value"] = first(value, e["initial_value"])
	default: // the text inputs
		o["value"] = first(value, e["initial_value"])
	}
	return o, err
}

// first is value, or otherwise where value is absent or empty.
func first(value, otherwise any) any {
	if value == nil || value == "" {
		return otherwise
	}
	return value
}

// many tells whether an element holds a list of choices.
func many(e object) bool {
	kind, _ := e["type"].(string)
	return strings.HasPrefix(kind, "multi_") || kind == "checkboxes"
}

// texts is value as a list of strings.
func texts(value any) []string {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		var list []string
		for _, x := range v {
			list = append(list, texts(x)...)
		}
		return list
	default:
		if s := fmt.Sprint(v); s != "" {
			return []string{s}
		}
		return nil
	}
}

func pickOptions(o, e object, value any) error {
	picked := []any{}
	for _, want := range texts(value) {
		option := findOption(e, want)
		if option == nil {
			return explain("option_not_found", "no option %q in %v", want, e["action_id"])
		}
		picked = append(picked, option)
	}
	if value == nil {
		if initial, ok := e["initial_options"].([]any); ok {
			picked = initial
		} else if e["initial_option"] != nil {
			picked = append(picked, e["initial_option"])
		}
	}
	if many(e) {
		o["selected_options"] = picked
		return nil
	}
	o["selected_option"] = nil
	if len(picked) > 0 {
		o["selected_option"] = picked[0]
	}
	return nil
}

// offered is an external select with the options that a driving call names by their
// values alone; the page sends whole options.
func offered(e object, value any) object {
	e = copyObject(e)
	list := []any{}
	for _, s := range texts(value) {
		list = append(list, object{"text": object{"type": "plain_text", "text": s, "emoji": true}, "value": s})
	}
	e["options"] = list
	return e
}

// findOption looks for an option by its value, or else by its text.
func findOption(e object, want string) any {
	var all []any
	list, _ := e["options"].([]any)
	all = append(all, list...)
	groups, _ := e["option_groups"].([]any)
	for _, g := range groups {
		group, _ := g.(object)
		list, _ := group["options"].([]any)
		all = append(all, list...)
	}
	var byText any
	for _, v := range all {
		option, _ := v.(object)
		if option["value"] == want {
			return v
		}
		if text, _ := option["text"].(object); text["text"] == want {
			byText = v
		}
	}
	return byText
}

// pickIDs resolves names of people and channels to their ids.
func (w *Workspace) pickIDs(o, e object, value any, selected, initial string) error {
	picked := []any{}
	for _, want := range texts(value) {
		var found string
		if u := w.user(want); u != nil && selected != "selected_channel" {
			found = u.ID
		} else if ch := w.channel(want); ch != nil && selected != "selected_user" {
			found = ch.ID
		} else {
			return explain("option_not_found", "nobody and nothing is called %q", want)
		}
		picked = append(picked, found)
	}
	if many(e) {
		if value == nil {
			if list, ok := e[initial+"s"].([]any); ok {
				picked = list
			}
		}
		o[selected+"s"] = picked
		return nil
	}
	o[selected] = e[initial]
	if len(picked) > 0 {
		o[selected] = picked[0]
	}
	return nil
}

// stateful tells whether an element's choice is part of the state of its surface.
func stateful(e object) bool {
	return !slices.Contains([]any{"button", "workflow_button", "icon_button", "feedback_buttons", "overflow"}, e["type"])
}

// state is what the stateful elements in blocks hold, by block and action, given
// what a person entered: {block_id: {action_id: value}} or {action_id: value}.
// faults has a sentence per block that a person would have to correct.
func (w *Workspace) state(blocks []any, given object) (values, faults object, err error) {
	values, faults = object{}, object{}
	known := map[string]bool{}
	for _, v := range blocks {
		b, ok := v.(object)
		if !ok {
			continue
		}
		blockID, _ := b["block_id"].(string)
		for e := range block.Elements(b) {
			if !stateful(e) {
				continue
			}
			action, _ := e["action_id"].(string)
			value := given[action]
			known[action] = true
			if inner, ok := given[blockID].(object); ok {
				known[blockID] = true
				if x, ok := inner[action]; ok {
					value = x
				}
			}
			held, err := w.chosen(e, value)
			if err != nil {
				return nil, nil, err
			}
			if values[blockID] == nil {
				values[blockID] = object{}
			}
			values[blockID].(object)[action] = held
			if b["type"] == "input" {
				if fault := entered(b, e, held); fault != "" {
					faults[blockID] = fault
				}
			}
		}
	}
	for key := range given {
		if !known[key] {
			return nil, nil, explain("input_not_found", "no input %q there", key)
		}
	}
	return values, faults, nil
}

// entered returns what the client would say about an input before it sends it.
func entered(b, e, held object) string {
	blank := true
	for key, v := range held {
		list, isList := v.([]any)
		blank = blank && (key == "type" || v == nil || v == "" || (isList && len(list) == 0))
	}
	if blank {
		if b["optional"] == true {
			return ""
		}
		return "Please complete this required field."
	}
	s, ok := held["value"].(string)
	if !ok {
		return ""
	}
	length := int64(len([]rune(s)))
	if n, ok := e["min_length"].(json.Number); ok {
		if least, err := n.Int64(); err == nil && length < least {
			return fmt.Sprintf("Please enter at least %d characters.", least)
		}
	}
	if n, ok := e["max_length"].(json.Number); ok {
		if most, err := n.Int64(); err == nil && most > 0 && length > most {
			return fmt.Sprintf("Please enter at most %d characters.", most)
		}
	}
	return wrong(e, s)
}

// still is what was entered and still has its input in blocks.
func still(blocks []any, values object) object {
	kept := object{}
	for _, v := range blocks {
		b, _ := v.(object)
		blockID, _ := b["block_id"].(string)
		held, _ := values[blockID].(object)
		for e := range block.Elements(b) {
			action, _ := e["action_id"].(string)
			was, ok := held[action].(object)
			if !ok || was["type"] != e["type"] || !stateful(e) {
				continue
			}
			if kept[blockID] == nil {
				kept[blockID] = object{}
			}
			kept[blockID].(object)[action] = was
		}
	}
	return kept
}
