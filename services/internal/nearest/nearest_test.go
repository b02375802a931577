package nearest_test

import (
	"strings"
	"testing"

	"github.com/parley-ops/parley/services/internal/nearest"
)

func TestTo(t *testing.T) {
	t.Parallel()
	choices := []string{"severity", "scope", "when", "silence", "incidents", "after", "policies"}
	f := func(written, want string) {
		t.Helper()
		if got := nearest.To(written, choices); got != want {
			t.Errorf("%q: got %q, want %q", written, got, want)
		}
	}
	f("severty", "severity")
	f("SEVERITY", "severity")
	f("crticial", "")
	f("afer", "after")
	f("wehn", "when") // swapped letters are one fault
	f("slience", "silence")
	f("policy", "policies")
	f("inc", "incidents")
	f("scope_of", "scope")
	f("s", "")
	f("", "")
	f("zebra", "")
	f(strings.Repeat("severity", 100), "severity")
	f(strings.Repeat("x", 100), "")
}
