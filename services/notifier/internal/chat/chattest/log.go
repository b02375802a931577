package chattest

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// Log returns a logger that takes everything, debugging too, and fails the test
// when a secret comes through it.
func Log(t testing.TB, secret string) *slog.Logger {
	return slog.New(slog.NewTextHandler(&watch{t: t, secret: secret}, &slog.HandlerOptions{Level: slog.LevelDebug - 4,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr { return slog.String(a.Key, fmt.Sprintf("%+v", a.Value.Any())) }}))
}

// watch fails the test for lines with the secret.
type watch struct {
	t      testing.TB
	secret string
}

func (w *watch) Write(line []byte) (int, error) {
	if strings.Contains(string(line), w.secret) {
		w.t.Errorf("a secret is logged: %s", line)
	}
	return len(line), nil
}
