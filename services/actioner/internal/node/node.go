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
