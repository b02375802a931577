package wording

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/internal/fill"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/nearest"
	"github.com/parley-ops/parley/services/internal/yamlfile"
)

const (
	// maxFile bounds a templates file, in bytes.
	maxFile = 1 << 20
	// maxNodes bounds what it holds, aliases written out.
	maxNodes = 50_000
	// mostLines is how many lines a template may add.
	mostLines = 10
)

// Parse reads a templates file. Everything that is wrong with it is in the error,
// each with file and line.
func Parse(file string, data []byte) (Set, error) {
	if len(data) > maxFile {
		return Set{}, fmt.Errorf("%s: larger than %d bytes", file, maxFile)
	}
	p := &parser{file: file}
	root, bad := yamlfile.Top(data, maxNodes)
	if bad != nil {
		return Set{}, fmt.Errorf("%s:%d: %s", file, bad.Line, bad.Text)
	}
	if root == nil || root.Kind == yaml.ScalarNode && root.Tag == "!!null" {
		return Set{}, nil
	}
	var s Set
	if list := p.fields(root, "the file", "templates")["templates"]; list != nil {
		if list.Kind != yaml.SequenceNode {
			p.wrong(list, "templates: want a list")
		}
		for _, n := range list.Content {
			s.templates = append(s.templates, p.template(n))
		}
	}
	return s, errors.Join(p.errs...)
}

type parser struct {
	file string
	errs []error
}

func (p *parser) wrong(n *yaml.Node, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("%s:%d: %s", p.file, n.Line, fmt.Sprintf(format, args...)))
}

func (p *parser) template(n *yaml.Node) (t template) {
	f := p.fields(n, "a template", "match", "channels", "title", "lines", "footer", "resolved")
	if len(f) > 0 && f["title"] == nil && f["lines"] == nil && f["footer"] == nil && f["resolved"] == nil {
		p.wrong(n, "the template says nothing: give it a title, lines, a footer or resolved")
	}
	if m := f["match"]; m != nil {
		if m.Kind != yaml.MappingNode {
			p.wrong(m, "match: want labels and values: {team: payments}")
			m = &yaml.Node{}
		}
		for i := 0; i+1 < len(m.Content); i += 2 {
			matcher, err := label.ParseValue(m.Content[i].Value, m.Content[i+1].Value)
			if err != nil {
				p.wrong(m.Content[i], "match: %v", err)
				continue
			}
			t.matchers = append(t.matchers, matcher)
		}
	}
	for _, c := range p.list(f["channels"], "channels") {
		t.channels = append(t.channels, c.Value)
	}
	t.title, t.resolved, t.footer = p.text(f["title"], "title"), p.text(f["resolved"], "resolved"), p.text(f["footer"], "footer")
	lines := p.list(f["lines"], "lines")
	if len(lines) > mostLines {
		p.wrong(f["lines"], "lines: %d are too many for a message, %d are the most", len(lines), mostLines)
	}
	for _, l := range lines {
		if text := p.text(l, "lines"); text != nil {
			t.lines = append(t.lines, *text)
		}
	}
	return t
}

// list returns the scalars of a list; a single one counts as a list of one.
func (p *parser) list(n *yaml.Node, what string) []*yaml.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind == yaml.ScalarNode && n.Tag != "!!null":
		return []*yaml.Node{n}
	case n.Kind != yaml.SequenceNode:
		p.wrong(n, "%s: want a list of texts", what)
		return nil
	}
	for _, c := range n.Content {
		if c.Kind != yaml.ScalarNode {
			p.wrong(c, "%s: want a list of texts", what)
			return nil
		}
	}
	return n.Content
}

// text reads a text with places; nil if there is none.
func (p *parser) text(n *yaml.Node, what string) *fill.Text {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		p.wrong(n, "%s: want a text", what)
		return nil
	}
	t, unknown, open := fill.Parse(n.Value, known)
	for _, name := range unknown {
		near := nearest.To(name, places())
		if near != "" {
			near = fmt.Sprintf(" (did you mean %s?)", near)
		}
		p.wrong(n, "%s: {{ %s }} is nothing that can be filled in%s: there are %s, labels.<name> and values.<metric>", what, name, near, strings.Join(places(), ", "))
	}
	if open {
		p.wrong(n, "%s: {{ without }}", what)
	}
	return &t
}

// fields returns the values of a mapping by key; an unknown key is wrong.
func (p *parser) fields(n *yaml.Node, what string, keys ...string) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		p.wrong(n, "%s: want `key: value` lines, with the keys %s", what, strings.Join(keys, ", "))
		return out
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		if !slices.Contains(keys, k.Value) {
			near := nearest.To(k.Value, keys)
			if near != "" {
				near = fmt.Sprintf(" (did you mean %s?)", near)
			}
			p.wrong(k, "unknown key %q in %s%s: there are %s", k.Value, what, near, strings.Join(keys, ", "))
			continue
		}
		if out[k.Value] != nil {
			p.wrong(k, "key %q is there twice", k.Value)
		}
		out[k.Value] = n.Content[i+1]
	}
	return out
}
