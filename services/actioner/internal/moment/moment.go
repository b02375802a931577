package moment

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // container images may have no time zones

	"github.com/parley-ops/parley/services/internal/nearest"
)

// Weekly is a time of the day, on one day of the week or on every day. The
// zero Weekly is none.
type Weekly struct {
	day          time.Weekday
	daily        bool
	hour, minute int
	zone         *time.Location
}

var days = map[string]time.Weekday{"sun": time.Sunday, "mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday, "thu": time.Thursday, "fri": time.Friday, "sat": time.Saturday}

// Parse reads "Mon 08:00", "monday 08:00" or "08:00" in a time zone by its IANA
// name; "" is UTC. Errors are for people.
func Parse(text, zone string) (Weekly, error) {
	var m Weekly
	var err error
	if m.zone, err = Zone(zone); err != nil {
		return Weekly{}, err
	}
	words := strings.Fields(strings.ToLower(text))
	switch len(words) {
	case 1:
		m.daily = true
	case 2:
		day, ok := days[words[0][:min(len(words[0]), 3)]]
		if !ok || words[0] != strings.ToLower(day.String()) && len(words[0]) != 3 {
			return Weekly{}, fmt.Errorf("%q: %q is no day of the week", text, words[0])
		}
		m.day, words = day, words[1:]
	default:
		return Weekly{}, fmt.Errorf("%q: want a time like \"Mon 08:00\" or \"18:30\"", text)
	}
	at, err := time.Parse("15:04", words[0])
	if err != nil {
		return Weekly{}, fmt.Errorf("%q: %q is no time of the day: want 00:00 to 23:59", text, words[0])
	}
	m.hour, m.minute = at.Hour(), at.Minute()
	return m, nil
}

// Zone returns a time zone by its IANA name; "" is UTC.
func Zone(name string) (*time.Location, error) {
	// Not the machine's own, which differs from one to the next.
	if strings.EqualFold(name, "local") || len(name) > 64 {
		return nil, fmt.Errorf("%q is no time zone: want a name like Europe/Berlin", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		if best := nearest.To(name, usual); best != "" {
			return nil, fmt.Errorf("%q is no time zone (did you mean %q?)", name, best)
		}
		return nil, fmt.Errorf("%q is no time zone: want a name like Europe/Berlin", name)
	}
	return zone, nil
}

// usual are suggested for what was misspelt.
var usual = []string{"UTC", "Europe/Berlin", "Europe/London", "Europe/Dublin", "Europe/Paris", "Europe/Madrid", "Europe/Rome", "America/New_York", "America/Chicago",
	"America/Denver", "America/Los_Angeles", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Tokyo", "Asia/Seoul", "Asia/Singapore", "Australia/Sydney"}

// IsZero reports whether it is no moment.
func (m Weekly) IsZero() bool { return m.zone == nil }

// Next returns the first such moment after t.
func (m Weekly) Next(t time.Time) time.Time {
	local := t.In(m.zone)
	for n := 0; ; n++ {
		// Noon is on every day of every zone; midnight is not.
		day := time.Date(local.Year(), local.Month(), local.Day()+n, 12, 0, 0, 0, m.zone)
		if !m.daily && day.Weekday() != m.day {
			continue
		}
		at := On(day, m.hour, m.minute)
		if at.After(t) {
			return at
		}
	}
}

// On returns when it is hour:minute on the day that t is in, in t's zone: the
// first time if the clock goes back over it, as long after as the clock goes
// forward if it skips it.
func On(t time.Time, hour, minute int) time.Time {
	wall := time.Date(t.Year(), t.Month(), t.Day(), hour, minute, 0, 0, time.UTC)
	_, before := wall.Add(-30 * time.Hour).In(t.Location()).Zone()
	_, after := wall.Add(30 * time.Hour).In(t.Location()).Zone()
	early, late := wall.Add(-time.Duration(max(before, after))*time.Second), wall.Add(-time.Duration(min(before, after))*time.Second)
	for _, at := range []time.Time{early, late} {
		if at = at.In(t.Location()); at.Hour() == hour && at.Minute() == minute && at.Day() == wall.Day() {
			return at
		}
	}
	return wall.Add(-time.Duration(before) * time.Second).In(t.Location())
}

// String returns it as people write it: "Mon 08:00 (Europe/Berlin)".
func (m Weekly) String() string {
	if m.IsZero() {
		return ""
	}
	text := fmt.Sprintf("%02d:%02d (%s)", m.hour, m.minute, m.zone)
	if !m.daily {
		text = m.day.String()[:3] + " " + text
	}
	return text
}

// Words returns a time as people read it, in the moment's zone: "Mon 23 Nov
// 08:00 CET".
func (m Weekly) Words(t time.Time) string {
	if m.zone != nil {
		t = t.In(m.zone)
	}
	return t.Format("Mon 2 Jan 15:04 MST")
}
