package node

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Problem is one fault of a file. Line and Column count from 1.
type Problem struct {
	File         string
	Line, Column int
	Text         string
}

// Error returns file:line:column: text.
func (p Problem) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

// Problems collects what is wrong with one file.
type Problems struct {
	File string
	List []Problem
}

func (p *Problems) add(at *yaml.Node, format string, args ...any) {
	line, column := 1, 1
	if at != nil {
		line, column = max(at.Line, 1), max(at.Column, 1)
	}
	p.List = append(p.List, Problem{File: p.File, Line: line, Column: column, Text: fmt.Sprintf(format, args...)})
}

// Parse reads a file that holds one mapping. The map is nil when there is
// nothing to go on with; then there is a problem, or the file is empty.
func Parse(file string, data []byte) (*Map, *Problems) {
	p := &Problems{File: file}
	d := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := d.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, p
	} else if err != nil {
		p.broken(err)
		return nil, p
	}
	var more yaml.Node
	if err := d.Decode(&more); err == nil {
		p.add(&more, "a second document: want one in a file")
	} else if !errors.Is(err, io.EOF) {
		p.broken(err)
	}
	if len(doc.Content) == 0 {
		return nil, p
	}
	return p.mapping(doc.Content[0], "the file"), p
}

// broken lists what the parser could not read.
func (p *Problems) broken(err error) {
	var several *yaml.LoadErrors
	if errors.As(err, &several) {
		for _, e := range several.Errors {
			p.one(e)
		}
		return
	}
	p.one(err)
}

func (p *Problems) one(err error) {
	var e *yaml.LoadError
	if errors.As(err, &e) {
		p.List = append(p.List, Problem{p.File, max(e.Mark.Line, 1), max(e.Mark.Column, 1), e.Message})
		return
	}
	p.add(nil, "%s", strings.TrimPrefix(err.Error(), "yaml: "))
}

// Map is one mapping: its fields are asked for by name, and Done complains
// about the rest. A nil *Map answers with zero values.
type Map struct {
	p      *Problems
	at     *yaml.Node
	what   string
	keys   map[string]*yaml.Node
	values map[string]*yaml.Node
	asked  map[string]bool
}

func (p *Problems) mapping(n *yaml.Node, what string) *Map {
	n = follow(n)
	if n.Kind != yaml.MappingNode {
		p.add(n, "%s: want `name: value` lines, got %s", what, kindOf(n))
		return nil
	}
	m := &Map{p: p, at: n, what: what, keys: map[string]*yaml.Node{}, values: map[string]*yaml.Node{}, asked: map[string]bool{}}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if _, twice := m.keys[k.Value]; twice {
			p.add(k, "%s: %q is there twice", what, k.Value)
			continue
		}
		m.keys[k.Value], m.values[k.Value] = k, follow(n.Content[i+1])
	}
	return m
}

// follow follows an alias.
func follow(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	return strconv.Quote(n.Value)
}

// Fail adds a problem at the mapping's beginning.
func (m *Map) Fail(format string, args ...any) {
	if m != nil {
		m.p.add(m.at, format, args...)
	}
}

// FailAt adds a problem at a field's value, or at the mapping where there is
// no such field.
func (m *Map) FailAt(key, format string, args ...any) {
	if m == nil {
		return
	}
	at := m.at
	if v, ok := m.values[key]; ok {
		at = v
	}
	m.p.add(at, key+": "+format, args...)
}

// Failed returns how many problems the file has so far.
func (m *Map) Failed() int {
	if m == nil {
		return 0
	}
	return len(m.p.List)
}

// Line returns the line on which the mapping begins.
func (m *Map) Line() int {
	if m == nil {
		return 0
	}
	return m.at.Line
}

// Has reports whether the field is there and not null.
func (m *Map) Has(key string) bool {
	_, ok := m.value(key)
	return ok
}

// Keys returns the names of the fields, sorted.
func (m *Map) Keys() []string {
	if m == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(m.keys))
}

func (m *Map) value(key string) (*yaml.Node, bool) {
	if m == nil {
		return nil, false
	}
	m.asked[key] = true
	v, ok := m.values[key]
	if !ok || v.Kind == yaml.ScalarNode && v.Tag == "!!null" {
		return nil, false
	}
	return v, true
}

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
		m.FailAt(key, "%q: want one of %s%s", s, strings.Join(choices, ", "), Suggest(s, choices))
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
		m.p.add(n, "%s: %s", what, strings.TrimPrefix(err.Error(), "yaml: "))
		return nil
	}
	return out
}

// Done complains about every field that nobody asked for.
func (m *Map) Done() {
	if m == nil {
		return
	}
	known := slices.Sorted(maps.Keys(m.asked))
	for _, k := range slices.SortedFunc(maps.Keys(m.keys), func(a, b string) int { return m.keys[a].Line - m.keys[b].Line }) {
		if !m.asked[k] {
			m.p.add(m.keys[k], "unknown key %q%s", k, Suggest(k, known))
		}
	}
}
