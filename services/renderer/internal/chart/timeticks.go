package chart

import "time"

// timeTick is one label of the time axis. Major ones begin a day (or, of days, a
// month; of months, a year).
type timeTick struct {
	at    time.Time
	label string
	major bool
}

// calendar is a step of the time axis: so many of a field, counted from the
// beginning of the next larger one, so that ticks fall on full hours, midnights
// and first days in the location, also when clocks change.
type calendar struct {
	every int
	field field
}

type field int

const (
	second field = iota
	minute
	hour
	day
	month
	year
)

var calendars = []calendar{
	{1, second}, {5, second}, {10, second}, {15, second}, {30, second},
	{1, minute}, {2, minute}, {5, minute}, {10, minute}, {15, minute}, {30, minute},
	{1, hour}, {2, hour}, {3, hour}, {6, hour}, {12, hour},
	{1, day}, {2, day}, {7, day}, {14, day},
	{1, month}, {2, month}, {3, month}, {6, month},
	{1, year}, {2, year}, {5, year}, {10, year}, {20, year}, {50, year}, {100, year}, {500, year},
}

var fieldLength = [...]time.Duration{
	second: time.Second, minute: time.Minute, hour: time.Hour,
	day: 24 * time.Hour, month: 30 * 24 * time.Hour, year: 365 * 24 * time.Hour,
}

// timeTicks returns ticks within from..to, about most of them at the densest.
func timeTicks(from, to time.Time, loc *time.Location, most int) []timeTick {
	span := to.Sub(from)
	step := calendars[len(calendars)-1]
	for _, c := range calendars {
		if span/(time.Duration(c.every)*fieldLength[c.field]) < time.Duration(most) {
			step = c
			break
		}
	}
	var ticks []timeTick
	last := from.Add(-1)
	t := step.floor(from.In(loc))
	for range 4*most + 64 { // from the floor to the first tick in sight, and then a few
		if t.After(to) {
			break
		}
		at := t
		t = step.next(t)
		if at.Before(from) || !at.After(last) { // a clock set back repeats an hour
			continue
		}
		label, major := step.label(at)
		ticks = append(ticks, timeTick{at, label, major})
		last = at
	}
	return ticks
}

// floor returns the last tick at or before t.
func (c calendar) floor(t time.Time) time.Time {
	y, mo, d := t.Date()
	h, mi, s := t.Clock()
	down := func(v int) int { return v - v%c.every }
	switch c.field {
	case second:
		return time.Date(y, mo, d, h, mi, down(s), 0, t.Location())
	case minute:
		return time.Date(y, mo, d, h, down(mi), 0, 0, t.Location())
	case hour:
		return time.Date(y, mo, d, down(h), 0, 0, 0, t.Location())
	case day:
		return time.Date(y, mo, 1+down(d-1), 0, 0, 0, 0, t.Location())
	case month:
		return time.Date(y, 1+time.Month(down(int(mo-1))), 1, 0, 0, 0, 0, t.Location())
	default:
		return time.Date(down(y), 1, 1, 0, 0, 0, 0, t.Location())
	}
}

// next returns the tick after t, which is one itself. It counts on the wall
// clock, so that 06:00 stays 06:00 the day clocks change, and always moves on,
// also where a midnight does not exist.
func (c calendar) next(t time.Time) time.Time {
	n := c.nextOnClock(t)
	if !n.After(t) {
		n = t.Add(time.Duration(c.every) * fieldLength[c.field])
	}
	return n
}

func (c calendar) nextOnClock(t time.Time) time.Time {
	y, mo, d := t.Date()
	switch c.field {
	case second, minute:
		return t.Add(time.Duration(c.every) * fieldLength[c.field])
	case hour:
		return time.Date(y, mo, d, t.Hour()-t.Hour()%c.every+c.every, 0, 0, 0, t.Location())
	case day:
		n := time.Date(y, mo, d+c.every, 0, 0, 0, 0, t.Location())
		if n.Month() != mo || (c.every > 1 && n.Day() > 31-c.every/2) { // begin anew with the month
			n = time.Date(y, mo+1, 1, 0, 0, 0, 0, t.Location())
		}
		return n
	case month:
		return time.Date(y, mo+time.Month(c.every), 1, 0, 0, 0, 0, t.Location())
	default:
		return time.Date(y+c.every, 1, 1, 0, 0, 0, 0, t.Location())
	}
}

func (c calendar) label(t time.Time) (label string, major bool) {
	newDay := t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0
	switch {
	case c.field == second:
		return t.Format("15:04:05"), false
	case c.field <= hour && newDay:
		return t.Format("2 Jan"), true
	case c.field <= hour:
		return t.Format("15:04"), false
	case c.field == day:
		return t.Format("2 Jan"), t.Day() == 1
	case c.field == month && t.Month() == 1:
		return t.Format("2006"), true
	case c.field == month:
		return t.Format("Jan"), false
	default:
		return t.Format("2006"), false
	}
}
