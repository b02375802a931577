package block

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// initial checks that what is chosen at first is one of the options, exactly.
func (c *checker) initial(at string, e Object) {
	chosen := map[string]any{}
	if v := e["initial_option"]; v != nil {
		chosen["initial_option"] = v
	}
	many, _ := e["initial_options"].([]any)
	for i, v := range many {
		chosen[fmt.Sprintf("initial_options/%d", i)] = v
	}
	if e["initial_options"] != nil && len(many) == 0 {
		c.fault(at+"/initial_options", "no less than 1 items allowed")
	}
	for field, v := range chosen {
		if !offers(e, v) {
			c.fault(at+"/"+field, "must exactly match one of the provided options")
		}
	}
}

func offers(e Object, want any) bool {
	has := func(list any) bool {
		options, _ := list.([]any)
		for _, o := range options {
			if alike(o, want) {
				return true
			}
		}
		return false
	}
	if has(e["options"]) {
		return true
	}
	groups, _ := e["option_groups"].([]any)
	for _, g := range groups {
		if o, ok := g.(Object); ok && has(o["options"]) {
			return true
		}
	}
	return false
}

// alike compares options by value, text and description; emoji of a text is true
// where it is left out.
func alike(a, b any) bool {
	one, ok := a.(Object)
	other, also := b.(Object)
	if !ok || !also {
		return false
	}
	return reflect.DeepEqual(one["value"], other["value"]) && reflect.DeepEqual(words(one["text"]), words(other["text"])) &&
		reflect.DeepEqual(words(one["description"]), words(other["description"]))
}

func words(v any) any {
	o, ok := v.(Object)
	if !ok {
		return v
	}
	return []any{o["type"], o["text"]}
}

// numberInput wants to know whether decimals are allowed, and limits in order.
func (c *checker) numberInput(at string, e Object) {
	if _, ok := e["is_decimal_allowed"].(bool); !ok {
		c.fault(at, "missing required field: is_decimal_allowed")
	}
	limits := map[string]float64{}
	for _, name := range []string{"min_value", "max_value", "initial_value"} {
		s, given := c.text(at+"/"+name, e, name, 1, 30, false)
		if !given {
			continue
		}
		n, err := json.Number(s).Float64()
		if err != nil {
			c.fault(at+"/"+name, "must be a number")
			continue
		}
		limits[name] = n
	}
	least, hasLeast := limits["min_value"]
	most, hasMost := limits["max_value"]
	if hasLeast && hasMost && least > most {
		c.fault(at+"/min_value", "must not be more than max_value")
	}
}
