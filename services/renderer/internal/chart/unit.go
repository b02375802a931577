package chart

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// unit is how values of a unit are written.
type unit struct {
	factor float64 // values times this are in the scales' base
	scales []scale // ascending; the largest that fits is taken
	suffix string  // after the scale's: "/s", " req/s"
	before string  // "$"
	steps  []float64
}

// scale is one prefix: values from its size on are written with it.
type scale struct {
	size   float64
	suffix string
}

var (
	decimalSteps = []float64{1, 2, 2.5, 5}
	binarySteps  = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}
	clockSteps   = []float64{1, 2, 5, 10, 15, 20, 30, 60, 120, 180}

	plainScales = []scale{{1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "G"}, {1e12, "T"}, {1e15, "P"}, {1e18, "E"}}
	byteScales  = []scale{{1, " B"}, {1 << 10, " KiB"}, {1 << 20, " MiB"}, {1 << 30, " GiB"}, {1 << 40, " TiB"}, {1 << 50, " PiB"}, {1 << 60, " EiB"}}
	bitScales   = []scale{{1, " bit"}, {1e3, " kbit"}, {1e6, " Mbit"}, {1e9, " Gbit"}, {1e12, " Tbit"}}
	clockScales = []scale{{1e-9, " ns"}, {1e-6, " µs"}, {1e-3, " ms"}, {1, " s"}, {120, " min"}, {7200, " h"}, {2 * 86400, " d"}}
	clockSizes  = map[string]float64{" min": 60, " h": 3600, " d": 86400}
)

// units by their names in lower case, as people and clouds write them. The
// factor turns a value into bytes, bits or seconds.
var units = map[string]unit{
	"%": {1, []scale{{0, " %"}}, "", "", decimalSteps}, "percent": {1, []scale{{0, " %"}}, "", "", decimalSteps},
	"ratio": {100, []scale{{0, " %"}}, "", "", decimalSteps},
	"b":     bytesOf(1), "by": bytesOf(1), "byte": bytesOf(1), "bytes": bytesOf(1),
	"kb": bytesOf(1e3), "kilobytes": bytesOf(1e3), "mb": bytesOf(1e6), "megabytes": bytesOf(1e6),
	"gb": bytesOf(1e9), "gigabytes": bytesOf(1e9), "tb": bytesOf(1e12), "terabytes": bytesOf(1e12),
	"kib": bytesOf(1 << 10), "mib": bytesOf(1 << 20), "gib": bytesOf(1 << 30), "tib": bytesOf(1 << 40),
	"bit": bitsOf(1), "bits": bitsOf(1), "kilobits": bitsOf(1e3), "megabits": bitsOf(1e6), "gigabits": bitsOf(1e9),
	"ns": clockOf(1e-9), "nanoseconds": clockOf(1e-9), "us": clockOf(1e-6), "µs": clockOf(1e-6), "microseconds": clockOf(1e-6),
	"ms": clockOf(1e-3), "milliseconds": clockOf(1e-3), "s": clockOf(1), "sec": clockOf(1), "second": clockOf(1), "seconds": clockOf(1),
	"min": clockOf(60), "minutes": clockOf(60), "m": clockOf(60), "h": clockOf(3600), "hours": clockOf(3600), "d": clockOf(86400), "days": clockOf(86400),
	"": plainOf(""), "1": plainOf(""), "count": plainOf(""), "none": plainOf(""),
	"usd": {1, plainScales, "", "$", decimalSteps}, "$": {1, plainScales, "", "$", decimalSteps},
}

func bytesOf(f float64) unit     { return unit{f, byteScales, "", "", binarySteps} }
func bitsOf(f float64) unit      { return unit{f, bitScales, "", "", decimalSteps} }
func clockOf(f float64) unit     { return unit{f, clockScales, "", "", clockSteps} }
func plainOf(suffix string) unit { return unit{1, plainScales, suffix, "", decimalSteps} }

// parseUnit never fails: an unknown unit is written behind a plain number.
func parseUnit(name string) unit {
	name = clean(name)
	key := strings.ToLower(name)
	if u, ok := units[key]; ok {
		return u
	}
	for _, per := range []string{"/second", "/sec", "/s"} {
		if base, ok := strings.CutSuffix(key, per); ok {
			if u, known := units[base]; known && (base == "" || u.suffix == "") && len(u.scales) > 1 && u.scales[0].size >= 1 {
				u.suffix = "/s"
				return u
			}
		}
	}
	if r := []rune(name); len(r) > 12 {
		name = string(r[:11]) + "…"
	}
	return plainOf(" " + name)
}

// Format writes a value of a unit for people, with three significant digits:
// "97 %", "1.5 GiB", "850 ms", "1.2k req/s". Known are %, bytes and bits (with
// their multiples and /s), times from ns to days, counts, counts/s and USD;
// another unit is written behind the number. "–" stands for NaN.
func Format(value float64, unitName string) string { return parseUnit(unitName).format(value) }

func (u unit) format(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	s, size := u.scale(v * u.factor)
	return u.write(significant(v*u.factor/size), s)
}

func (u unit) write(number string, s scale) string {
	if rest, neg := strings.CutPrefix(number, "-"); neg {
		return "−" + u.before + rest + s.suffix + u.suffix
	}
	return u.before + number + s.suffix + u.suffix
}

// scale returns the scale for a value in the base unit, and by what to divide.
func (u unit) scale(v float64) (scale, float64) {
	v = math.Abs(v) * (1 + 1e-9)
	best := u.scales[0]
	if v == 0 {
		for _, s := range u.scales { // zero has no prefix
			if s.size <= 1 {
				best = s
			}
		}
	}
	for _, s := range u.scales {
		if v >= s.size && v > 0 {
			best = s
		}
	}
	size := best.size
	if size == 0 {
		size = 1
	}
	if of, ok := clockSizes[best.suffix]; ok {
		size = of
	}
	return best, size
}

// significant writes a number with three significant digits and no needless
// zeros; very large or small ones with an exponent.
func significant(v float64) string {
	a := math.Abs(v)
	switch {
	case a == 0:
		return "0"
	case a >= 1e6 || a < 1e-4:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case a >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	digits := 2 - int(math.Floor(math.Log10(a)))
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// Duration writes a duration for people with at most two parts: "45 s",
// "12 min", "3 h 20 min", "2 d 4 h".
func Duration(d time.Duration) string {
	d = d.Abs()
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
	case s < 120:
		return part(s, "s")
	case m < 120:
		return part(m, "min")
	case m < 48*60:
		return two(part(m/60, "h"), part(m%60, "min"), m%60)
	default:
		return two(part(h/24, "d"), part(h%24, "h"), h%24)
	}
}
