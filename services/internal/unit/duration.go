package unit

import (
	"strconv"
	"time"
)

// Duration writes a duration for people with at most two parts: "45 s",
// "12 min", "3 h 20 min", "2 d 4 h". Less than nothing is "0 s".
func Duration(d time.Duration) string {
	d = max(d, 0)
	part := func(n time.Duration, unit string) string { return strconv.FormatInt(int64(n), 10) + " " + unit }
	two := func(a, b string, n time.Duration) string {
		if n == 0 {
			return a
		}
		return a + " " + b
	}
	switch s, m, h := d.Round(time.Second)/time.Second, d.Round(time.Minute)/time.Minute, d.Round(time.Hour)/time.Hour; {
	case d < time.Second && d > 0:
		return part(d.Round(time.Millisecond)/time.Millisecond, "ms")
	case s < 120 && s != 60:
		return part(s, "s")
	case m < 120 && m != 60:
		return part(m, "min")
	case m < 48*60:
		return two(part(m/60, "h"), part(m%60, "min"), m%60)
	default:
		return two(part(h/24, "d"), part(h%24, "h"), h%24)
	}
}
