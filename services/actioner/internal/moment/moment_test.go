package moment

import (
	"testing"
	"time"
)

func TestNext(t *testing.T) {
	t.Parallel()
	f := func(text, zone, after, want string) {
		t.Helper()
		m, err := Parse(text, zone)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, after)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Next(at).UTC().Format(time.RFC3339); got != want {
			t.Errorf("%s after %s: got %s, want %s", m, after, got, want)
		}
	}
	f("Mon 08:00", "Europe/Berlin", "2026-11-22T13:00:00Z", "2026-11-23T07:00:00Z")
	f("monday 08:00", "Europe/Berlin", "2026-11-23T06:59:59Z", "2026-11-23T07:00:00Z")
	f("Mon 08:00", "Europe/Berlin", "2026-11-23T07:00:00Z", "2026-11-30T07:00:00Z")
	// Over the weekends on which the clock changes.
	f("Mon 08:00", "Europe/Berlin", "2026-10-23T17:00:00Z", "2026-10-26T07:00:00Z")
	f("Mon 08:00", "Europe/Berlin", "2026-03-27T18:00:00Z", "2026-03-30T06:00:00Z")
	// 02:30 does not come on 29 March 2026 and comes twice on 25 October.
	f("02:30", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z")
	f("02:30", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z")
	f("02:30", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")
	f("18:30", "", "2026-11-22T18:29:00Z", "2026-11-22T18:30:00Z")
	// Where midnight did not come: Samoa left out a day.
	f("Fri 09:00", "Pacific/Apia", "2011-12-29T20:00:00Z", "2012-01-05T19:00:00Z")
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{{"", ""}, {"Mon", ""}, {"Mon 8", ""}, {"Mon 24:00", ""}, {"Mo 08:00", ""}, {"moon 08:00", ""}, {"Mon 08:00 am", ""}, {"08:00", "Local"}, {"08:00", "Europe/Berln"}} {
		if m, err := Parse(c[0], c[1]); err == nil {
			t.Errorf("%q: got %s", c, m)
		}
	}
	if _, err := Parse("08:00", "Europe/Berln"); err == nil || err.Error() != `"Europe/Berln" is no time zone (did you mean "Europe/Berlin"?)` {
		t.Errorf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("Mon 08:00", "Europe/Berlin")
	f.Add("18:30", "UTC")
	f.Fuzz(func(t *testing.T, text, zone string) {
		m, err := Parse(text, zone)
		if err != nil {
			return
		}
		now := time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC)
		if next := m.Next(now); !next.After(now) || next.Sub(now) > 9*24*time.Hour {
			t.Errorf("%s: next is %s", m, next)
		}
	})
}
