package block

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// textKind is which text objects a field takes.
type textKind int

const (
	plain textKind = iota
	either
)

func (c *checker) textObject(at string, b Object, name string, kind textKind, least, most int, required bool) {
	v, given := b[name]
	if !given || v == nil {
		if required {
			c.fault(at, "missing required field: %s", name)
		}
		return
	}
	c.textValue(at+"/"+name, v, kind, least, most)
}

func (c *checker) textValue(at string, v any, kind textKind, least, most int) {
	o, ok := v.(Object)
	if !ok {
		c.fault(at, "must be an object")
		return
	}
	switch t := o["type"]; {
	case t == "plain_text", t == "mrkdwn" && kind == either:
	case t == "mrkdwn":
		c.fault(at+"/type", "must be one of the allowed values: plain_text")
	default:
		c.fault(at+"/type", "unsupported type: %v", t)
	}
	c.text(at+"/text", o, "text", least, most, true)
}

// element checks one interactive element or image; ids are the action ids seen in its block.
func (c *checker) element(at string, v any, allowed []string, ids map[string]bool) {
	e, ok := v.(Object)
	if !ok {
		c.fault(at, "must be an object")
		return
	}
	kind, _ := e["type"].(string)
	if !slices.Contains(allowed, kind) {
		c.fault(at+"/type", "unsupported type: %s", kind)
		return
	}
	if kind == "image" {
		c.image(at, e)
		return
	}
	if id, given := c.text(at+"/action_id", e, "action_id", 1, 255, false); given {
		if ids[id] {
			c.fault(at+"/action_id", "`action_id` %q already exists", id)
		}
		ids[id] = true
	}
	if confirm := e["confirm"]; confirm != nil {
		c.confirm(at+"/confirm", confirm)
	}
	c.textObject(at, e, "placeholder", plain, 1, 150, false)
	if e["focus_on_load"] == true {
		if c.focused++; c.focused > 1 {
			c.fault(at+"/focus_on_load", "only one element can have focus_on_load set to true")
		}
	}
	if strings.HasPrefix(kind, "multi_") {
		c.number(at, e, "max_selected_items", 1, 1<<31)
	}
	switch kind {
	case "button", "workflow_button":
		c.button(at, e)
	case "icon_button":
		c.textObject(at, e, "text", plain, 1, 75, true)
		c.text(at+"/value", e, "value", 0, 2000, false)
	case "overflow":
		c.options(at, e, 5, either)
	case "static_select", "multi_static_select":
		c.selectOptions(at, e)
		c.initial(at, e)
	case "checkboxes", "radio_buttons":
		c.options(at, e, 10, either)
		c.initial(at, e)
	case "external_select", "multi_external_select":
		c.number(at, e, "min_query_length", 0, 1<<31)
	case "number_input":
		c.numberInput(at, e)
	case "datetimepicker":
		c.number(at, e, "initial_date_time", 1_000_000_000, 9_999_999_999)
	case "plain_text_input":
		c.number(at, e, "min_length", 0, 3000)
		c.number(at, e, "max_length", 1, 3000)
		c.text(at+"/initial_value", e, "initial_value", 0, 3000, false)
	case "datepicker":
		c.text(at+"/initial_date", e, "initial_date", 10, 10, false)
	case "timepicker":
		c.text(at+"/initial_time", e, "initial_time", 5, 5, false)
	}
}

func (c *checker) button(at string, e Object) {
	c.textObject(at, e, "text", plain, 1, 75, true)
	c.text(at+"/value", e, "value", 0, 2000, false)
	c.text(at+"/url", e, "url", 1, 3000, false)
	c.text(at+"/accessibility_label", e, "accessibility_label", 1, 75, false)
	c.style(at, e)
}

func (c *checker) style(at string, e Object) {
	if style, ok := c.text(at+"/style", e, "style", 0, 75, false); ok && style != "primary" && style != "danger" {
		c.fault(at+"/style", "must be one of the allowed values: primary, danger")
	}
}

func (c *checker) confirm(at string, v any) {
	o, ok := v.(Object)
	if !ok {
		c.fault(at, "must be an object")
		return
	}
	c.textObject(at, o, "title", plain, 1, 100, true)
	c.textObject(at, o, "text", either, 1, 300, true)
	c.textObject(at, o, "confirm", plain, 1, 30, true)
	c.textObject(at, o, "deny", plain, 1, 30, true)
	c.style(at, o)
}

func (c *checker) selectOptions(at string, e Object) {
	groups, grouped := e["option_groups"].([]any)
	if !grouped {
		c.options(at, e, 100, plain)
		return
	}
	if e["options"] != nil {
		c.fault(at, "must have only one of options and option_groups")
	}
	c.count(at+"/option_groups", len(groups), 1, 100)
	for i, g := range groups {
		here := fmt.Sprintf("%s/option_groups/%d", at, i)
		o, ok := g.(Object)
		if !ok {
			c.fault(here, "must be an object")
			continue
		}
		c.textObject(here, o, "label", plain, 1, 75, true)
		c.options(here, o, 100, plain)
	}
}

func (c *checker) options(at string, e Object, most int, kind textKind) {
	options, ok := e["options"].([]any)
	if !ok {
		c.fault(at, "missing required field: options")
		return
	}
	c.count(at+"/options", len(options), 1, most)
	for i, v := range options {
		here := fmt.Sprintf("%s/options/%d", at, i)
		o, ok := v.(Object)
		if !ok {
			c.fault(here, "must be an object")
			continue
		}
		c.textObject(here, o, "text", kind, 1, 75, true)
		c.text(here+"/value", o, "value", 1, 150, true)
		c.textObject(here, o, "description", kind, 1, 75, false)
		c.text(here+"/url", o, "url", 1, 3000, false)
	}
}

func (c *checker) input(at string, b Object) {
	c.only(at, b, "label", "element", "hint", "optional", "dispatch_action")
	c.textObject(at, b, "label", plain, 1, 2000, true)
	c.textObject(at, b, "hint", plain, 1, 2000, false)
	if b["element"] == nil {
		c.fault(at, "missing required field: element")
		return
	}
	c.element(at+"/element", b["element"], inputElements, map[string]bool{})
}

func (c *checker) number(at string, e Object, name string, least, most int64) {
	v, given := e[name]
	if !given {
		return
	}
	n, ok := v.(json.Number)
	whole, err := n.Int64()
	if !ok || err != nil {
		c.fault(at+"/"+name, "must be an integer")
		return
	}
	if whole < least || whole > most {
		c.fault(at+"/"+name, "must be between %d and %d", least, most)
	}
}

// CheckOptions returns what Slack would object to in an app's answer to a
// block_suggestion: options, or option_groups; no option at all is fine.
func CheckOptions(answer Object) []string {
	c := &checker{}
	list, _ := answer["options"].([]any)
	groups, _ := answer["option_groups"].([]any)
	if answer["options"] == nil && answer["option_groups"] == nil {
		c.fault("", "missing required field: options")
	}
	if len(list)+len(groups) > 0 {
		c.selectOptions("", answer)
	}
	return c.faults
}

// Which elements may stand where. Functions of nothing would hide that these never change.
var (
	selects = []string{
		"static_select", "external_select", "users_select", "conversations_select", "channels_select",
		"multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select", "multi_channels_select",
	}
	choosers          = slices.Concat(selects, []string{"checkboxes", "radio_buttons", "datepicker", "timepicker"})
	actionElements    = slices.Concat(choosers, []string{"button", "workflow_button", "overflow", "datetimepicker"})
	accessoryElements = slices.Concat(choosers, []string{"button", "workflow_button", "overflow", "image"})
	inputElements     = slices.Concat(choosers, []string{
		"plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input", "datetimepicker", "file_input",
	})
	contextActionElements = []string{"feedback_buttons", "icon_button"}
)
