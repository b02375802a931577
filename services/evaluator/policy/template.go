package policy

import (
	"fmt"
	"strings"
)

// Template is a text with places to fill: "p99 is {{ value }} on {{ labels.service }}".
type Template struct {
	Text  string
	parts []part
}

type part struct {
	text string
	name string // a place to fill
}

// places are what a summary may name, beside labels.<name>.
var places = []string{"value", "threshold", "until", "metric", "condition", "peak", "before", "since", "policy", "severity", "team", "unit", "series_count"}

// parseTemplate returns the template, and what is wrong with it in words.
func parseTemplate(text string) (Template, []string) {
	t := Template{Text: text}
	var wrong []string
	for rest := text; rest != ""; {
		before, after, found := strings.Cut(rest, "{{")
		if before != "" {
			t.parts = append(t.parts, part{text: before})
		}
		if !found {
			break
		}
		inside, next, closed := strings.Cut(after, "}}")
		if !closed {
			wrong = append(wrong, "{{ without }}")
			break
		}
		name := strings.TrimSpace(inside)
		labelName, isLabel := strings.CutPrefix(name, "labels.")
		known := isLabel && labelName != ""
		for _, p := range places {
			known = known || p == name
		}
		if !known {
			wrong = append(wrong, fmt.Sprintf("{{ %s }} is nothing that can be filled in%s: there are %s and labels.<name>",
				name, suggest(name, places), strings.Join(places, ", ")))
		}
		t.parts = append(t.parts, part{name: name})
		rest = next
	}
	return t, wrong
}

// Fill returns the text with every place filled by value; an empty value
// becomes "?".
func (t Template) Fill(value func(name string) string) string {
	var b strings.Builder
	for _, p := range t.parts {
		if p.name == "" {
			b.WriteString(p.text)
			continue
		}
		v := value(p.name)
		if v == "" {
			v = "?"
		}
		b.WriteString(v)
	}
	return b.String()
}
