package renderer

import (
	"bytes"
	"strings"
	"testing"

	"github.com/parley-ops/parley/services/internal/config"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	f := func(args string, want string) {
		t.Helper()
		cfg := Defaults()
		p := config.Program{Name: "renderer", Stdout: &bytes.Buffer{}, Env: func(string) (string, bool) { return "", false }}
		err := config.Load(p, strings.Fields(args), &cfg)
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", args, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v, want an error with %q", args, err, want)
		}
	}
	f("", "")
	f("--renderer-theme light --renderer-timezone Asia/Kolkata", "")
	f("--renderer-theme pink", "renderer-theme")
	f("--renderer-timezone Mars/Olympus", "write one like UTC")
}
