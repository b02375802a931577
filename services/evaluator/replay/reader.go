package replay

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/nearest"
	"github.com/parley-ops/parley/services/internal/yamlfile"
)

// reader walks YAML nodes and remembers what is wrong.
type reader struct {
	file     string
	problems []policy.Problem
}

func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	r.problems = append(r.problems, policy.Problem{File: r.file, Line: n.Line, Column: n.Column, Text: fmt.Sprintf(format, args...)})
}

const maxNodes = 200_000

// document returns the top node; nil if data is empty, too large or no YAML.
func (r *reader) document(data []byte) *yaml.Node {
	at := &yaml.Node{Line: 1, Column: 1}
	if len(data) > policy.MaxFileBytes {
		r.fail(at, "larger than 1 MiB")
		return nil
	}
	top, p := yamlfile.Top(data, maxNodes)
	switch {
	case p != nil:
		at.Line, at.Column = p.Line, p.Column
		r.fail(at, "%s", p.Text)
	case top == nil:
		r.fail(at, "empty")
	}
	return top
}

// each calls do for every key of a mapping.
func (r *reader) each(n *yaml.Node, what string, do func(key, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s: want `key: value` lines", what)
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		do(n.Content[i], n.Content[i+1])
	}
}

// fields returns the values of a mapping by key; one that is not known, or
// there twice, is a problem.
func (r *reader) fields(n *yaml.Node, what string, known []string) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	r.each(n, what, func(key, value *yaml.Node) {
		switch {
		case !slices.Contains(known, key.Value):
			hint := ""
			if best := nearest.To(key.Value, known); best != "" {
				hint = " (did you mean " + best + "?)"
			}
			r.fail(key, "unknown key %q in %s%s: there are %s", key.Value, what, hint, strings.Join(known, ", "))
		case out[key.Value] != nil:
			r.fail(key, "key %q is there twice", key.Value)
		default:
			out[key.Value] = value
		}
	})
	return out
}

func (r *reader) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.fail(n, "%s: want a text", what)
		return ""
	}
	return n.Value
}

func (r *reader) optional(n *yaml.Node, what string) string {
	if n == nil {
		return ""
	}
	return r.text(n, what)
}

func (r *reader) texts(n *yaml.Node, what string) []string {
	if n.Kind != yaml.SequenceNode {
		return []string{r.text(n, what)}
	}
	var out []string
	for _, item := range n.Content {
		out = append(out, r.text(item, what))
	}
	return out
}
