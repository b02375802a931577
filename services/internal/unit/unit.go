package unit

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Unit is how values of a unit are written; [Of] makes it.
type Unit struct {
	family family
	factor float64 // values times this are in the scales' base
	scales []scale // ascending; the largest that fits is taken
	suffix string  // after the scale's: "/s", " req/s"
	before string  // "$"
	steps  []float64
}

// family is what can be converted into each other.
type family string

const (
	times  family = "time"  // in seconds
	sizes  family = "size"  // in bytes
	shares family = "share" // in percent
)

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
var units = map[string]Unit{
	"%": shareOf(1), "percent": shareOf(1), "ratio": shareOf(100),
	"b": bytesOf(1), "by": bytesOf(1), "byte": bytesOf(1), "bytes": bytesOf(1),
	"kb": bytesOf(1e3), "kilobytes": bytesOf(1e3), "mb": bytesOf(1e6), "megabytes": bytesOf(1e6),
	"gb": bytesOf(1e9), "gigabytes": bytesOf(1e9), "tb": bytesOf(1e12), "terabytes": bytesOf(1e12),
	"kib": bytesOf(1 << 10), "mib": bytesOf(1 << 20), "gib": bytesOf(1 << 30), "tib": bytesOf(1 << 40),
	"bit": bitsOf(1), "bits": bitsOf(1), "kilobits": bitsOf(1e3), "megabits": bitsOf(1e6), "gigabits": bitsOf(1e9),
	"ns": clockOf(1e-9), "nanoseconds": clockOf(1e-9), "us": clockOf(1e-6), "µs": clockOf(1e-6), "microseconds": clockOf(1e-6),
	"ms": clockOf(1e-3), "milliseconds": clockOf(1e-3), "s": clockOf(1), "sec": clockOf(1), "second": clockOf(1), "seconds": clockOf(1),
	"min": clockOf(60), "minutes": clockOf(60), "m": clockOf(60), "h": clockOf(3600), "hours": clockOf(3600), "d": clockOf(86400), "days": clockOf(86400),
	"": plainOf(""), "1": plainOf(""), "count": plainOf(""), "none": plainOf(""),
	"usd": {"", 1, plainScales, "", "$", decimalSteps}, "$": {"", 1, plainScales, "", "$", decimalSteps},
}

func shareOf(f float64) Unit     { return Unit{shares, f, []scale{{0, " %"}}, "", "", decimalSteps} }
func bytesOf(f float64) Unit     { return Unit{sizes, f, byteScales, "", "", binarySteps} }
func bitsOf(f float64) Unit      { return Unit{"", f, bitScales, "", "", decimalSteps} }
func clockOf(f float64) Unit     { return Unit{times, f, clockScales, "", "", clockSteps} }
func plainOf(suffix string) Unit { return Unit{"", 1, plainScales, suffix, "", decimalSteps} }

// Of returns the unit of that name, whatever its capitals. An unknown one is
// written behind a plain number, at most twelve characters of it.
func Of(name string) Unit {
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
// another unit is written behind the number. "–" stands for NaN
// and what has no end.
func Format(value float64, unit string) string { return Of(unit).Format(value) }

// Format writes a value of the unit; see the function of that name.
func (u Unit) Format(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	s, size := u.scale(v * u.factor)
	return u.write(significant(v*u.factor/size), s)
}

// Beside writes v as Format does, without the unit where that is the one with
// which Format writes first: "97 %, above 80".
func (u Unit) Beside(first, v float64) string {
	text := u.Format(v)
	a, _ := u.scale(first * u.factor)
	if b, _ := u.scale(v * u.factor); a == b {
		return strings.TrimSuffix(text, b.suffix+u.suffix)
	}
	return text
}

// Full returns the value that is all there is: 100 %, a ratio of 1. Units that
// are no shares have none.
func (u Unit) Full() (float64, bool) { return 100 / u.factor, u.family == shares }

func (u Unit) write(number string, s scale) string {
	if rest, neg := strings.CutPrefix(number, "-"); neg {
		return "−" + u.before + rest + s.suffix + u.suffix
	}
	return u.before + number + s.suffix + u.suffix
}

// scale returns the scale for a value in the base unit, and by what to divide.
func (u Unit) scale(v float64) (scale, float64) {
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

// clean returns a name on one line, without what does not print.
func clean(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError || !unicode.IsPrint(r) || unicode.Is(unicode.M, r):
			return -1
		}
		return r
	}, s[:min(len(s), 200)])), " ")
}
