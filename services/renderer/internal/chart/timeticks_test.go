package chart

import (
	"strings"
	"testing"
	"time"
)

func TestTimeTicks(t *testing.T) {
	t.Parallel()
	zone := func(name string) *time.Location {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return loc
	}
	f := func(from string, span time.Duration, loc *time.Location, want string) {
		t.Helper()
		at, err := time.Parse(time.RFC3339, from)
		if err != nil {
			t.Fatal(err)
		}
		var labels []string
		for _, tick := range timeTicks(at, at.Add(span), loc, 6) {
			labels = append(labels, tick.label)
		}
		if got := strings.Join(labels, " "); got != want {
			t.Errorf("%s + %s in %s:\ngot  %s\nwant %s", from, span, loc, got, want)
		}
	}
	berlin, saoPaulo, kolkata := zone("Europe/Berlin"), zone("America/Sao_Paulo"), zone("Asia/Kolkata")
	f("2026-11-22T06:01:13Z", 20*time.Second, time.UTC, "06:01:15 06:01:20 06:01:25 06:01:30")
	f("2026-11-22T06:01:13Z", 10*time.Minute, time.UTC, "06:02 06:04 06:06 06:08 06:10")
	f("2026-11-22T06:01:13Z", 6*time.Hour, time.UTC, "08:00 10:00 12:00")
	f("2026-11-22T06:01:13Z", 6*time.Hour, kolkata, "12:00 14:00 16:00")
	f("2026-11-22T20:00:00Z", 6*time.Hour, berlin, "22:00 23 Nov 02:00")
	f("2026-10-24T21:00:00Z", 12*time.Hour, berlin, "25 Oct 03:00 06:00 09:00") // clocks go back
	f("2026-03-28T23:30:00Z", 5*time.Hour, berlin, "01:00 03:00 04:00 05:00 06:00")
	f("2018-11-03T12:00:00Z", 60*time.Hour, saoPaulo, "12:00 23:00 12:00 5 Nov 12:00") // a day without a midnight
	f("2026-11-22T06:00:00Z", 6*24*time.Hour, time.UTC, "23 Nov 25 Nov 27 Nov")
	f("2026-11-22T06:00:00Z", 200*24*time.Hour, time.UTC, "2027 Mar May")
	f("2020-11-22T06:00:00Z", 9*365*24*time.Hour, time.UTC, "2022 2024 2026 2028")
}
