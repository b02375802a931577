package fill

import (
	"strings"
	"testing"
)

func TestFill(t *testing.T) {
	t.Parallel()
	v := Values{Labels: {"service": "checkout", "k8s.io/name": "x", "empty": ""}, Run: {"id": "r-1"}}
	for text, c := range map[string]struct{ want, err string }{
		"":                                {"", ""},
		"plain":                           {"plain", ""},
		"{{ labels.service }}":            {"checkout", ""},
		"a {{labels.service}}-{{run.id}}": {"a checkout-r-1", ""},
		"{{ labels.k8s.io/name }}":        {"x", ""},
		"{{ labels.none }}":               {"", "the label none has no value here"},
		"{{ labels.empty }}":              {"", "the label empty has no value here"},
		"{{ label.service }}":             {"", "no such scope"},
		"{{ incident.owner }}":            {"", "has only id, policy, severity, summary"},
		"{{ labels }}":                    {"", "want {{ scope.name }}"},
		"{{ labels.a | upper }}":          {"", "want {{ scope.name }}"},
		"{{ labels.service":               {"", "without its }}"},
		"labels.service }}":               {"", "without its {{"},
		"{{ {{ labels.service }} }}":      {"", "want {{ scope.name }}"},
		"{ {labels.service} }":            {"{ {labels.service} }", ""},
	} {
		tmpl, err := Parse(text)
		got := ""
		if err == nil {
			got, err = tmpl.Fill(v, nil)
		}
		if c.err == "" && (err != nil || got != c.want) || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%q: got %q, %v; want %q, %q", text, got, err, c.want, c.err)
		}
	}
}

// What is filled in is not looked at again.
func FuzzFill(f *testing.F) {
	f.Add("{{ labels.x }}", "{{ labels.x }}")
	f.Fuzz(func(t *testing.T, text, value string) {
		tmpl, err := Parse(text)
		if err != nil || value == "" {
			return
		}
		all := Values{}
		for _, r := range tmpl.Refs() {
			if all[r.Scope] == nil {
				all[r.Scope] = map[string]string{}
			}
			all[r.Scope][r.Name] = value
		}
		got, err := tmpl.Fill(all, nil)
		if err != nil || strings.Count(got, value) < len(tmpl.Refs()) {
			t.Errorf("%q with %q: %q, %v", text, value, got, err)
		}
	})
}
