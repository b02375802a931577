package policy

import (
	"cmp"
	"fmt"
	"strings"
)

// Template is a text with places to fill: "p99 is {{ value }} on {{ labels.service }}".
// A place may say what stands there when it has no value, in words or as another
// place: {{ labels.owner or nobody }}, {{ labels.name or labels.instance_id }}.
type Template struct {
	Text  string
	parts []part
}

type part struct {
	text string
	name string // a place to fill
	or   string // what stands there without a value; "" is "?"
}

// places are what a text may name, beside labels.<name> and values.<metric>.
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
		name, or, _ := strings.Cut(strings.TrimSpace(inside), " or ")
		name = strings.TrimSpace(name)
		if !place(name) {
			wrong = append(wrong, fmt.Sprintf("{{ %s }} is nothing that can be filled in%s: there are %s, labels.<name> and values.<metric>",
				name, suggest(name, places), strings.Join(places, ", ")))
		}
		t.parts = append(t.parts, part{name: name, or: strings.TrimSpace(or)})
		rest = next
	}
	return t, wrong
}

func place(name string) bool {
	if l, ok := strings.CutPrefix(name, "labels."); ok {
		return l != ""
	}
	if m, ok := strings.CutPrefix(name, "values."); ok {
		return metricForm.MatchString(m)
	}
	for _, p := range places {
		if p == name {
			return true
		}
	}
	return false
}

// Fill returns the text with every place filled by value; an empty value
// becomes what the place says after `or`, else "?".
func (t Template) Fill(value func(name string) string) string {
	return t.fill(value, "?")
}

// FillOrNothing is Fill with nothing where there is no value.
func (t Template) FillOrNothing(value func(name string) string) string {
	return t.fill(value, "")
}

func (t Template) fill(value func(name string) string, empty string) string {
	var b strings.Builder
	for _, p := range t.parts {
		if p.name == "" {
			b.WriteString(p.text)
			continue
		}
		v := value(p.name)
		switch {
		case v != "":
		case p.or == "":
			v = empty
		case !place(p.or):
			v = p.or
		default:
			v = cmp.Or(value(p.or), empty)
		}
		b.WriteString(v)
	}
	return b.String()
}
