package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/internal/yamlfile"
)

// Problem is something wrong in a policy file.
type Problem struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	// Policy it is in, if it is in one that has a name.
	Policy string `json:"policy,omitempty"`
	Text   string `json:"text"`
}

// String returns `file:line:column: text`.
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

// reader walks YAML nodes and remembers what is wrong.
type reader struct {
	file     string
	policy   string
	problems []Problem
}

func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	r.problems = append(r.problems, Problem{File: r.file, Line: n.Line, Column: n.Column, Policy: r.policy, Text: fmt.Sprintf(format, args...)})
}

// fields returns the values of a mapping by key; a key that is not known, or
// there twice, is a problem.
func (r *reader) fields(n *yaml.Node, what string, known []string) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s: want `key: value` lines, with the keys %s", what, strings.Join(known, ", "))
		return out
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch _, twice := out[key.Value]; {
		case !slices.Contains(known, key.Value):
			r.fail(key, "unknown key %q in %s%s: there are %s", key.Value, what, suggest(key.Value, known), strings.Join(known, ", "))
		case twice:
			r.fail(key, "key %q is there twice", key.Value)
		default:
			out[key.Value] = value
		}
	}
	return out
}

// text returns a scalar as it is written.
func (r *reader) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.fail(n, "%s: want a text", what)
		return ""
	}
	return n.Value
}

// texts returns a list of texts; a single one counts as a list of one.
func (r *reader) texts(n *yaml.Node, what string) []string {
	if n.Kind == yaml.ScalarNode && n.Tag != "!!null" {
		return []string{n.Value}
	}
	if n.Kind != yaml.SequenceNode {
		r.fail(n, "%s: want a list: [one, two]", what)
		return nil
	}
	out := make([]string, 0, len(n.Content))
	for _, item := range n.Content {
		t := r.text(item, what)
		if t != "" && slices.Contains(out, t) {
			r.fail(item, "%s: %q is there twice", what, t)
			continue
		}
		out = append(out, t)
	}
	return out
}

// duration returns a time like 30s, 5m, 1h30m or 2d.
func (r *reader) duration(n *yaml.Node, what string) time.Duration {
	text := r.text(n, what)
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); err != nil && ok {
		var f float64
		f, err = strconv.ParseFloat(days, 64)
		d = time.Duration(f * 24 * float64(time.Hour))
	}
	if text == "0" {
		return 0
	}
	if err != nil || d < 0 || d > 30*24*time.Hour {
		r.fail(n, "%s: %q is not a time: write 30s, 5m, 1h30m or 2d, up to 30d", what, text)
		return 0
	}
	return d
}

const maxNodes = 200_000

// document parses data and returns its top node with aliases put in place; nil
// if it is empty or wrong.
func (r *reader) document(data []byte) *yaml.Node {
	top, p := yamlfile.Top(data, maxNodes)
	if p != nil {
		r.problems = append(r.problems, Problem{File: r.file, Line: p.Line, Column: p.Column, Policy: r.policy, Text: p.Text})
	}
	return top
}
