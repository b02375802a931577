//go:build compose

package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestComposeShowsTheFirstMinute drives a system that scripts/smoke has
// brought up.
func TestComposeShowsTheFirstMinute(t *testing.T) {
	firstMinute(t, workspace{t: t, base: os.Getenv("PARLEY_WORKSPACE")})
}

// TestComposeShowsWhatIdles: what idles in the local AWS account is in #cost
// with a chart, and what must not be stopped is not, in words.
func TestComposeShowsWhatIdles(t *testing.T) {
	const channel = "#cost"
	w := workspace{t: t, base: os.Getenv("PARLEY_WORKSPACE")}
	find := func(name string) message {
		t.Helper()
		return eventually(t, 90*time.Second, name+" with a chart in #cost", func() (message, bool) {
			for _, m := range w.history(channel) {
				if _, ok := m.picture(); ok && strings.Contains(m.everything(), name) {
					return m, true
				}
			}
			return message{}, false
		})
	}
	find("batch-report")
	m := find("cache-warm")
	stop, ok := m.button("Stop now")
	if !ok {
		t.Fatalf("no button to stop it on %s", m.everything())
	}
	w.click("operator", channel, m, stop, 2)
	eventually(t, 30*time.Second, "why it is refused", func() ([]message, bool) {
		replies := w.replies(channel, m.TS)
		return replies, count(replies, func(r message) bool { return strings.Contains(r.everything(), "instance store") }) == 1
	})
}
