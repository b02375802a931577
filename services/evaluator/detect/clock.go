package detect

import (
	"math"
	"time"
)

// clock tells the local time of day and of the week. It keeps a zone's offset
// until the zone changes it.
type clock struct {
	zone                *time.Location
	from, until, offset int64
}

// at returns the half hour of the day and the hour of the week, from Monday on.
func (c *clock) at(t int64) (slot, hour int) {
	if c.zone != nil && c.zone != time.UTC {
		if t < c.from || t >= c.until {
			c.look(t)
		}
		t += c.offset
	}
	const monday = 3 * dayMillis // 1970 began on a Thursday
	return int(floor(t, dayMillis) / slotMillis), int(floor(t+monday, 7*dayMillis) / hourMillis)
}

func (c *clock) look(t int64) {
	at := time.UnixMilli(t).In(c.zone)
	_, seconds := at.Zone()
	c.offset, c.from, c.until = int64(seconds)*1000, math.MinInt64, math.MaxInt64
	start, end := at.ZoneBounds()
	if !start.IsZero() {
		c.from = start.UnixMilli()
	}
	if !end.IsZero() {
		c.until = end.UnixMilli()
	}
}

// floor returns t modulo m, never negative.
func floor(t, m int64) int64 { return ((t % m) + m) % m }
