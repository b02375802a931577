package importer

import (
	"fmt"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/yamlfile"
)

// Result is what came of an import.
type Result struct {
	Policies []Policy
	Refused  []Refused
	// Rules is how many there were that say when somebody is told; Recorded how
	// many only compute series, and Inlined how many of these are in policies now.
	Rules, Recorded, Inlined int
}

// Refused is a rule of which no policy could be made.
type Refused struct {
	File string `json:"file"`
	Line int    `json:"line"`
	// Rule is its name.
	Rule string `json:"rule"`
	// Reason in words.
	Reason string `json:"reason"`
}

// Policy is a policy that was made.
type Policy struct {
	Name string
	// Group is what it stood in; policies of a group go into one file.
	Group string
	// Notes say where it is from and in what it differs; they become comments.
	Notes []string
	// Node is the policy as YAML.
	Node *yaml.Node
}

// Write returns the policies as a file.
func Write(policies []Policy) ([]byte, error) {
	list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	for i := range policies {
		p := *policies[i].Node
		p.HeadComment = comment(policies[i].Notes)
		list.Content = append(list.Content, &p)
	}
	top := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{Text("policies"), list}}
	text, err := yamlfile.Text(top)
	if err != nil {
		return nil, fmt.Errorf("write policies: %w", err)
	}
	return []byte(text), nil
}

// Check returns why package policy would not take a policy, or "".
func Check(p Policy) string {
	data, err := Write([]Policy{p})
	if err != nil {
		return err.Error()
	}
	if parsed := policy.Parse(p.Name, data); len(parsed.Problems) > 0 {
		return parsed.Problems[0].Text
	}
	return ""
}

const widest = 100

func comment(notes []string) string {
	var lines []string
	for _, n := range notes {
		line := "#"
		for w := range strings.FieldsFuncSeq(n, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
			if len(line)+len(w) >= widest && line != "#" {
				lines, line = append(lines, line), "#  "
			}
			line += " " + w
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// Text returns a text as YAML.
func Text(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

// Number returns a number, or true, as YAML.
func Number(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: s} }

// Map returns a mapping; flow puts it into one line.
func Map(flow bool, pairs ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	if flow {
		n.Style = yaml.FlowStyle
	}
	return Add(n, pairs...)
}

// Add adds keys and values: a *yaml.Node or a text.
func Add(n *yaml.Node, pairs ...any) *yaml.Node {
	for i := 0; i+1 < len(pairs); i += 2 {
		v, ok := pairs[i+1].(*yaml.Node)
		if !ok {
			v = Text(fmt.Sprint(pairs[i+1]))
		}
		n.Content = append(n.Content, Text(fmt.Sprint(pairs[i])), v)
	}
	return n
}

// List returns a list.
func List(flow bool, items ...*yaml.Node) *yaml.Node {
	n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: items}
	if flow {
		n.Style = yaml.FlowStyle
	}
	return n
}

// Kebab returns a name as policies have them: KubePodCrashLooping →
// kube-pod-crash-looping.
func Kebab(name string) string {
	var b strings.Builder
	before := ' '
	r := []rune(name)
	for i, c := range r {
		switch {
		case c < unicode.MaxASCII && (unicode.IsLetter(c) || unicode.IsDigit(c)):
			turns := unicode.IsUpper(c) && (unicode.IsLower(before) || unicode.IsDigit(before) ||
				unicode.IsUpper(before) && i+1 < len(r) && unicode.IsLower(r[i+1]))
			if b.Len() > 0 && (turns || before == '-') {
				b.WriteByte('-')
			}
			b.WriteRune(unicode.ToLower(c))
			before = c
		default:
			before = '-'
		}
	}
	if b.Len() == 0 {
		return "rule"
	}
	return strings.TrimRight(b.String()[:min(b.Len(), 80)], "-")
}
