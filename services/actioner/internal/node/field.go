package node

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Text returns a scalar as it is written, or "".
func (m *Map) Text(key string) string {
	v, ok := m.value(key)
	if !ok {
		return ""
	}
	if v.Kind != yaml.ScalarNode {
		m.FailAt(key, "want text, got %s", kindOf(v))
		return ""
	}
	return v.Value
}

// Required is Text that must not be empty.
func (m *Map) Required(key string) string {
	before := m.Failed()
	s := m.Text(key)
	if s == "" && m.Failed() == before {
		m.FailAt(key, "is missing")
	}
	return s
}

// Texts returns a list of scalars; one scalar is a list of one.
func (m *Map) Texts(key string) []string {
	v, ok := m.value(key)
	if !ok {
		return nil
	}
	items := v.Content
	switch v.Kind {
	case yaml.ScalarNode:
		items = []*yaml.Node{v}
	case yaml.SequenceNode:
	default:
		m.FailAt(key, "want a list, got %s", kindOf(v))
		return nil
	}
	out := make([]string, 0, len(items))
	for _, i := range items {
		if i = follow(i); i.Kind != yaml.ScalarNode || i.Value == "" {
			m.p.add(i, "%s: want text, got %s", key, kindOf(i))
			continue
		}
		out = append(out, i.Value)
	}
	return out
}

// Duration returns a length of time between lo and hi, or def where the field
// is missing.
func (m *Map) Duration(key string, def, lo, hi time.Duration) time.Duration {
	if !m.Has(key) {
		return def
	}
	s := m.Text(key)
	d, err := time.ParseDuration(s)
	if err != nil {
		m.FailAt(key, "%q is no length of time: want something like 30s, 5m or 1h", s)
		return def
	}
	if d < lo || d > hi {
		m.FailAt(key, "%s: want between %s and %s", s, lo, hi)
		return def
	}
	return d
}

// Int returns a whole number between lo and hi, or def where the field is
// missing.
func (m *Map) Int(key string, def, lo, hi int) int {
	if !m.Has(key) {
		return def
	}
	s := m.Text(key)
	n, err := strconv.Atoi(s)
	if err != nil || n < lo || n > hi {
		m.FailAt(key, "%q: want a whole number between %d and %d", s, lo, hi)
		return def
	}
	return n
}

// Bool returns true or false, or false where the field is missing.
func (m *Map) Bool(key string) bool {
	if !m.Has(key) {
		return false
	}
	switch s := m.Text(key); s {
	case "true":
		return true
	case "false":
	default:
		m.FailAt(key, "%q: want true or false", s)
	}
	return false
}

// OneOf returns a text that is one of these, or the first where the field is
// missing.
func (m *Map) OneOf(key string, choices ...string) string {
	if !m.Has(key) {
		return choices[0]
	}
	s := m.Text(key)
	if !slices.Contains(choices, s) {
		m.FailAt(key, "%q: want one of %s%s", s, strings.TrimPrefix(strings.Join(choices, ", "), ", "), Suggest(s, choices))
		return choices[0]
	}
	return s
}

// Map returns a mapping, or nil where the field is missing or is none.
func (m *Map) Map(key string) *Map {
	v, ok := m.value(key)
	if !ok {
		return nil
	}
	return m.p.mapping(v, key)
}

// IsMap reports whether the field is a mapping.
func (m *Map) IsMap(key string) bool {
	v, ok := m.value(key)
	return ok && v.Kind == yaml.MappingNode
}

// Maps returns a list of mappings.
func (m *Map) Maps(key string) []*Map {
	v, ok := m.value(key)
	if !ok {
		return nil
	}
	if v.Kind != yaml.SequenceNode {
		m.FailAt(key, "want a list, got %s", kindOf(v))
		return nil
	}
	out := make([]*Map, 0, len(v.Content))
	for _, i := range v.Content {
		if one := m.p.mapping(i, key); one != nil {
			out = append(out, one)
		}
	}
	return out
}

// Tree returns a field as plain Go values: map[string]any, []any and scalars;
// nil where it is missing.
func (m *Map) Tree(key string) any {
	v, ok := m.value(key)
	if !ok {
		return nil
	}
	return m.decode(v, key)
}

// All returns the whole mapping as plain Go values.
func (m *Map) All() any {
	if m == nil {
		return nil
	}
	return m.decode(m.at, m.what)
}

func (m *Map) decode(n *yaml.Node, what string) any {
	var out any
	if err := n.Decode(&out); err != nil {
		if len(m.p.List) > 0 {
			return nil // most likely said already, and better: a key that is there twice
		}
		m.p.add(n, "%s: %s", what, strings.TrimPrefix(err.Error(), "yaml: "))
		return nil
	}
	return out
}
