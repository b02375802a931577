package label_test

import (
	"testing"

	"github.com/parley-ops/parley/services/internal/label"
)

func set(kv ...string) label.Set {
	m := map[string]string{}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	return label.FromMap(m)
}

func TestSetsAreSortedAndHaveNoDoubles(t *testing.T) {
	t.Parallel()
	got := label.New(label.Label{Name: "b", Value: "1"}, label.Label{Name: "a", Value: "2"}, label.Label{Name: "b", Value: "3"})
	if got.String() != `{a="2", b="3"}` {
		t.Errorf("got %s", got)
	}
	if got.Get("b") != "3" || got.Get("c") != "" {
		t.Errorf("get: %q %q", got.Get("b"), got.Get("c"))
	}
	if p := got.Pick([]string{"z", "a"}); p.String() != `{a="2", z=""}` {
		t.Errorf("pick: %s", p)
	}
	if back := label.FromProto(got.Proto()); back.String() != got.String() {
		t.Errorf("there and back: %s", back)
	}
}

func TestFingerprintsTellSeriesApart(t *testing.T) {
	t.Parallel()
	seen := map[uint64]string{}
	for _, s := range []struct {
		name   string
		labels label.Set
	}{
		{"cpu", nil}, {"cpu", set("a", "b")}, {"cpu", set("a", "bc")}, {"cpu", set("ab", "c")}, {"cpua", set("b", "c")},
		{"cpu", set("a", "b", "c", "d")}, {"cpu", set("a", "bc", "d", "")}, {"mem", set("a", "b")},
	} {
		id := label.Fingerprint(s.name, s.labels)
		key := s.name + s.labels.String()
		if other, ok := seen[id]; ok {
			t.Errorf("%s and %s hash alike", key, other)
		}
		seen[id] = key
	}
	if label.Resource(set("a", "b")) != label.Resource(set("a", "b")) || label.Resource(set("a", "b")) == label.Resource(set("a", "c")) {
		t.Error("resources are told apart by labels alone")
	}
}

func TestMatchers(t *testing.T) {
	t.Parallel()
	s := set("env", "prod", "service", "checkout")
	f := func(text string, want bool) {
		t.Helper()
		m, err := label.ParseMatcher(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			return
		}
		if got := (label.Matchers{m}).Match(s); got != want {
			t.Errorf("%s matches %s: %v, want %v", text, s, got, want)
		}
		back, err := label.MatchersFromProto(label.Matchers{m}.Proto())
		if err != nil || back.Match(s) != want || back.String() != m.String() {
			t.Errorf("%s: there and back: %v, %v", text, back, err)
		}
	}
	f("env=prod", true)
	f("env=pro", false)
	f(`env="prod"`, true)
	f("env!=prod", false)
	f("service=~check.*|cart", true)
	f("service=~check", false) // anchored
	f("service!~cart", true)
	f("missing=", true)
	f("missing!=x", true)

	g := func(value string, want bool) {
		t.Helper()
		m, err := label.ParseValue("service", value)
		if err != nil || m.Matches("checkout") != want {
			t.Errorf("%q matches checkout: %v, want %v (%v)", value, !want, want, err)
		}
	}
	g("checkout", true)
	g("=checkout", true)
	g("!checkout", false)
	g("~checkout|cart", true)
	g("!~c.*", false)

	for _, bad := range []string{"", "env", "=x", "env=~(", "env!(x"} {
		if m, err := label.ParseMatcher(bad); err == nil {
			t.Errorf("%q parsed as %v", bad, m)
		}
	}
}

func FuzzParseMatcher(f *testing.F) {
	for _, s := range []string{"a=b", "a!=b", "a=~b.*", `a!~"x"`, "=", "!"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := label.ParseMatcher(text)
		if err != nil {
			return
		}
		if _, err := label.MatchersFromProto(label.Matchers{m}.Proto()); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	})
}
