package policy

import (
	"fmt"
	"strings"

	"github.com/parley-ops/parley/services/internal/fill"
)

// Template is a text with places to fill: "p99 is {{ value }} on {{ labels.service }}".
// A place may say what stands there when it has no value, in words or as another
// place: {{ labels.owner or nobody }}, {{ labels.name or labels.instance_id }}.
// Package fill says more.
type Template struct {
	Text string
	text fill.Text
}

// places are what a text may name, beside labels.<name> and values.<metric>.
var places = []string{"value", "threshold", "until", "metric", "condition", "peak", "before", "since", "policy", "severity", "team", "unit", "series_count", "note", "expected", "lower", "upper"}

// parseTemplate returns the template, and what is wrong with it in words.
func parseTemplate(text string) (Template, []string) {
	parsed, unknown, open := fill.Parse(text, place)
	var wrong []string
	for _, name := range unknown {
		wrong = append(wrong, fmt.Sprintf("{{ %s }} is nothing that can be filled in%s: there are %s, labels.<name> and values.<metric>",
			name, suggest(name, places), strings.Join(places, ", ")))
	}
	if open {
		wrong = append(wrong, "{{ without }}")
	}
	return Template{text, parsed}, wrong
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
func (t Template) Fill(value func(name string) string) string { return t.text.Fill(value, "?") }

// FillOrNothing is Fill with nothing where there is no value.
func (t Template) FillOrNothing(value func(name string) string) string { return t.text.Fill(value, "") }
