package route

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Quiet are hours in which a channel is not disturbed.
type Quiet struct {
	// From, To are minutes of the day by the zone's clocks; To at or before From
	// is of the next day.
	From int    `json:"from"`
	To   int    `json:"to"`
	Zone string `json:"zone"`
	// Days on which it begins: bit 0 is Sunday; 0 is every day.
	Days uint8 `json:"days,omitempty"`
	// Except are severities that are told as ever.
	Except []string `json:"except,omitempty"`
	// Hold: messages wait for the end, instead of going without mentions.
	Hold bool `json:"hold,omitempty"`
}

// At reports whether it is quiet at this time for a severity, and until when.
// Windows that follow without a gap are one.
func (q *Quiet) At(now time.Time, severity string) (until time.Time, quiet bool) {
	if slices.Contains(q.Except, severity) {
		return time.Time{}, false
	}
	until = now
	for range 8 { // a week of whole days, and no further
		end, in := q.window(until)
		if !in {
			break
		}
		until, quiet = end, true
	}
	return until, quiet
}

// window returns the end of the window that t is in.
func (q *Quiet) window(t time.Time) (end time.Time, in bool) {
	zone := location(q.Zone)
	local := t.In(zone)
	for _, day := range []int{-1, 0} {
		from := time.Date(local.Year(), local.Month(), local.Day()+day, 0, q.From, 0, 0, zone)
		if q.Days != 0 && q.Days&(1<<weekday(local, day)) == 0 {
			continue
		}
		days := day
		if q.To <= q.From {
			days++
		}
		end := time.Date(local.Year(), local.Month(), local.Day()+days, 0, q.To, 0, 0, zone)
		if !t.Before(from) && t.Before(end) {
			return end, true
		}
	}
	return time.Time{}, false
}

func weekday(t time.Time, days int) int { return (int(t.Weekday()) + 7 + days) % 7 }

// zones remembers what was read of zones.
var zones sync.Map

// location returns a zone that was checked when it was read; UTC if there is no
// such zone on this machine.
func location(name string) *time.Location {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location)
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		z = time.UTC
	}
	zones.Store(name, z)
	return z
}

var dayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// String says when it is, in words: "22:00–07:00 Europe/Berlin on mon, tue".
func (q *Quiet) String() string {
	text := clock(q.From) + "–" + clock(q.To) + " " + q.Zone
	if q.Days != 0 && q.Days != 127 {
		var days []string
		for i := range 7 {
			if d := (i + 1) % 7; q.Days&(1<<d) != 0 {
				days = append(days, dayNames[d])
			}
		}
		text += " on " + strings.Join(days, ", ")
	}
	if len(q.Except) > 0 {
		text += ", not for " + strings.Join(q.Except, ", ")
	}
	return text
}

func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }
