package fill

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The scopes.
const (
	Labels     = "labels"
	Parameters = "parameters"
	Settings   = "settings"
	Incident   = "incident"
	Run        = "run"
	Actor      = "actor"
)

// fixed are the names in scopes whose names are known beforehand.
var fixed = map[string][]string{
	Incident: {"id", "policy", "severity", "summary"},
	Run:      {"id"},
	Actor:    {"name"},
}

// Values are what places are filled with: scope, then name.
type Values map[string]map[string]string

// Ref is one place: {{ Scope.Name }}.
type Ref struct{ Scope, Name string }

// String returns the place as it is written.
func (r Ref) String() string { return "{{ " + r.Scope + "." + r.Name + " }}" }

// Template is text with places. The zero Template is the empty text.
type Template struct {
	text  string
	parts []part
}

type part struct {
	literal string
	ref     Ref // empty Scope: the literal
}

var place = regexp.MustCompile(`^([a-z]+)\.([A-Za-z0-9_][A-Za-z0-9_.:/-]*)$`)

// Parse reads a template. Errors say which place is wrong.
func Parse(text string) (Template, error) {
	t := Template{text: text}
	rest := text
	for {
		before, after, found := strings.Cut(rest, "{{")
		if strings.Contains(before, "}}") {
			return Template{}, fmt.Errorf("a }} without its {{ in %q", text)
		}
		if before != "" {
			t.parts = append(t.parts, part{literal: before})
		}
		if !found {
			return t, nil
		}
		inner, tail, closed := strings.Cut(after, "}}")
		if !closed {
			return Template{}, fmt.Errorf("a {{ without its }} in %q", text)
		}
		inner = strings.TrimSpace(inner)
		m := place.FindStringSubmatch(inner)
		if m == nil {
			return Template{}, fmt.Errorf("{{ %s }}: want {{ scope.name }} with a scope of labels, parameters, settings, incident, run, actor", inner)
		}
		r := Ref{Scope: m[1], Name: m[2]}
		if err := r.check(); err != nil {
			return Template{}, err
		}
		t.parts = append(t.parts, part{ref: r})
		rest = tail
	}
}

func (r Ref) check() error {
	if names, ok := fixed[r.Scope]; ok {
		if !slices.Contains(names, r.Name) {
			return fmt.Errorf("%s: %s has only %s", r, r.Scope, strings.Join(names, ", "))
		}
		return nil
	}
	if r.Scope != Labels && r.Scope != Parameters && r.Scope != Settings {
		return fmt.Errorf("%s: no such scope; there are labels, parameters, settings, incident, run and actor", r)
	}
	return nil
}

// String returns the template as it was written.
func (t Template) String() string { return t.text }

// Empty reports whether there is nothing in it.
func (t Template) Empty() bool { return len(t.parts) == 0 }

// Refs returns the places, in order.
func (t Template) Refs() []Ref {
	var out []Ref
	for _, p := range t.parts {
		if p.ref.Scope != "" {
			out = append(out, p.ref)
		}
	}
	return out
}

// Fill returns the text with every place filled and escaped. before is what
// stands before the place in the result; escape may refuse a value. A nil
// escape fills in what there is.
func (t Template) Fill(v Values, escape func(before string, r Ref, value string) (string, error)) (string, error) {
	var b strings.Builder
	for _, p := range t.parts {
		if p.ref.Scope == "" {
			b.WriteString(p.literal)
			continue
		}
		value := v[p.ref.Scope][p.ref.Name]
		if value == "" {
			return "", fmt.Errorf("%s %s has no value here", singular(p.ref.Scope), p.ref.Name)
		}
		if escape != nil {
			var err error
			if value, err = escape(b.String(), p.ref, value); err != nil {
				return "", err
			}
		}
		b.WriteString(value)
	}
	return b.String(), nil
}

func singular(scope string) string {
	switch scope {
	case Labels, Parameters, Settings:
		return "the " + strings.TrimSuffix(scope, "s")
	}
	return "the " + scope + "'s"
}
