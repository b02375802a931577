package fill

import (
	"slices"
	"strings"
	"testing"
)

func known(name string) bool { return name == "a" || name == "b" || strings.HasPrefix(name, "labels.") }

func TestFill(t *testing.T) {
	t.Parallel()
	values := map[string]string{"a": "1", "labels.x": "{{ a }}"}
	f := func(text, want string) {
		t.Helper()
		p, unknown, open := Parse(text, known)
		if got := p.Fill(func(n string) string { return values[n] }, "?"); got != want || len(unknown) > 0 || open {
			t.Errorf("%q: %q, want %q (%v %v)", text, got, want, unknown, open)
		}
	}
	f("", "")
	f("no place", "no place")
	f("a is {{ a }}, b is {{b}}", "a is 1, b is ?")
	f("{{ b or nobody }} {{ b or a }} {{ a or b }}", "nobody 1 1")
	f("{{ b or labels.y or a }}", "1")
	f("{{ b or labels.y or this or that }}", "this or that")
	f("{{ b or labels.y }}", "?")
	f("{{ labels.x }}", "{{ a }}") // what is filled in is text
}

func TestWhatIsWrong(t *testing.T) {
	t.Parallel()
	_, unknown, open := Parse("{{ c }} {{ a }} {{ d or e }} {{ a", known)
	if !slices.Equal(unknown, []string{"c", "d"}) || !open {
		t.Errorf("%q %v", unknown, open)
	}
}

// FuzzParse: whatever the text, filling it ends, and a text without places is
// itself.
func FuzzParse(f *testing.F) {
	f.Add("p99 is {{ a or labels.b or c }} }}{{", "v")
	f.Fuzz(func(t *testing.T, text, value string) {
		p, _, _ := Parse(text, known)
		got := p.Fill(func(string) string { return value }, value)
		if !strings.Contains(text, "{{") && got != text {
			t.Errorf("%q became %q", text, got)
		}
		if most := len(text) + strings.Count(text, "{{")*len(value); len(got) > most {
			t.Errorf("%d bytes of %d", len(got), most)
		}
	})
}
