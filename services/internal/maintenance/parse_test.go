package maintenance

import (
	"strings"
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

var at = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) // a Monday

func TestParse(t *testing.T) {
	t.Parallel()
	f := func(text, want, rest string) {
		t.Helper()
		m, words, err := Parse(strings.Fields(text), at)
		got := ""
		switch {
		case err != nil:
			got = "error"
		case m.GetRecurrence() != nil:
			got = When(m)
		default:
			got = m.GetStartsAt().AsTime().Format("01-02 15:04") + " to " + m.GetEndsAt().AsTime().Format("01-02 15:04")
		}
		if got != want || strings.Join(words, " ") != rest {
			t.Errorf("%q: %q and %q (%v), want %q and %q", text, got, words, err, want, rest)
		}
	}
	f("2h new disks", "11-23 12:00 to 11-23 14:00", "new disks")
	f("1d", "11-23 12:00 to 11-24 12:00", "")
	f("from 22:00 to 02:00 new disks", "11-23 22:00 to 11-24 02:00", "new disks")
	f("from 22:00 to 02:00 Europe/Berlin new disks", "11-23 21:00 to 11-24 01:00", "new disks")
	f("from 10:00 to 11:00", "11-24 10:00 to 11-24 11:00", "")
	f("from 2026-12-24 22:00 to 2026-12-25T02:00 UTC x", "12-24 22:00 to 12-25 02:00", "x")
	f("every sat 02:00-04:00 Europe/Berlin reboot db", "every sat 02:00–04:00 Europe/Berlin", "reboot db")
	f("every sat,Sunday 02:00–04:00", "every sun, sat 02:00–04:00 UTC", "")
	f("every mon-fri 22:00 to 02:00 x", "every mon, tue, wed, thu, fri 22:00–02:00 UTC", "x")
	f("every day 02:00-04:00", "every day 02:00–04:00 UTC", "")
	for _, text := range []string{"", "soon", "from", "from 22:00", "from 22:00 until 23:00", "from x to y", "every", "every sat", "every 02:00-04:00", "every someday 02:00-04:00", "every sat 02:00",
		"every sat 2-4", "every sat 02:00-04:00 Europe/Atlantis", "0h", "10s"} {
		f(text, "error", "")
	}
}

func TestLast(t *testing.T) {
	t.Parallel()
	f := func(m *eventv1.Maintenance, now time.Time, want string) {
		t.Helper()
		got := ""
		if s, ok := Last(m, now); ok {
			got = s.Start.UTC().Format("01-02 15:04") + " to " + s.End.UTC().Format("01-02 15:04")
		}
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	m, _, err := Parse(strings.Fields("every mon 11:00-12:00"), at)
	if err != nil {
		t.Fatal(err)
	}
	m.Matchers = []*eventv1.Matcher{{Label: "tier", Op: eventv1.Matcher_OP_EQUAL, Value: "db"}}
	f(m, at, "11-23 11:00 to 11-23 12:00")
	f(m, at.Add(-time.Second), "11-16 11:00 to 11-16 12:00")
	f(m, at.Add(6*24*time.Hour), "11-23 11:00 to 11-23 12:00")
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"2h x", "from 22:00 to 02:00 Europe/Berlin", "from 2026-12-24 22:00 to 2026-12-25T02:00Z", "every sat,mon-fri 02:00–04:00 UTC y", "every day 1:00 - 2:00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, rest, err := Parse(strings.Fields(text), at)
		if err != nil {
			return
		}
		if len(rest) > len(strings.Fields(text)) {
			t.Fatalf("%q makes words", text)
		}
		m.Matchers = []*eventv1.Matcher{{Label: "a", Op: eventv1.Matcher_OP_EQUAL, Value: "b"}}
		if Check(m) != nil {
			return
		}
		if s, ok := At(m, at); ok && (!s.End.After(s.Start) || !s.End.After(at)) {
			t.Fatalf("%q: %v", text, s)
		}
		if s, ok := Last(m, at); ok && s.End.After(at) {
			t.Fatalf("%q ended later: %v", text, s)
		}
	})
}
