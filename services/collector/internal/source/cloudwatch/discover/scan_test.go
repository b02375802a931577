package discover

import (
	"testing"
	"time"
)

// TestNewcomers: instances that are new are looked for at once, and again when
// CloudWatch lists them at the latest; a lot of them is one.
func TestNewcomers(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	s := New(Defaults(), nil)
	minute := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
	swept := minute(0)
	f := func(at int, states map[string]string, want bool) {
		t.Helper()
		now := minute(at)
		s.appeared(map[string]string{"i-1": "running"}, states, now)
		if got := s.young(swept, now); got != want {
			t.Fatalf("after %d minutes: %v, want %v", at, got, want)
		} else if got {
			swept = now
		}
	}
	old, grown := map[string]string{"i-1": "stopped"}, map[string]string{"i-1": "running", "i-2": "pending"}
	s.appeared(nil, grown, minute(0)) // nothing is new at the first look
	f(1, old, false)
	f(10, grown, true)
	f(11, old, false)
	f(12, grown, false) // of the same lot
	f(15, old, true)
	f(24, old, false)
	f(25, old, true)
	f(59, old, false)
	f(60, grown, true)
}
