package unit

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// family is what can be converted into each other; scale is in its base.
type scale struct {
	family string // "time" in ms, "size" in bytes, "share" in percent
	factor float64
}

var scales = map[string]scale{
	"ns": {"time", 1e-6}, "us": {"time", 1e-3}, "µs": {"time", 1e-3}, "ms": {"time", 1}, "s": {"time", 1e3}, "sec": {"time", 1e3},
	"m": {"time", 60e3}, "min": {"time", 60e3}, "h": {"time", 3600e3}, "d": {"time", 86400e3},
	"nanoseconds": {"time", 1e-6}, "microseconds": {"time", 1e-3}, "milliseconds": {"time", 1}, "seconds": {"time", 1e3},
	"second": {"time", 1e3}, "minutes": {"time", 60e3}, "hours": {"time", 3600e3}, "days": {"time", 86400e3},
	"b": {"size", 1}, "by": {"size", 1}, "byte": {"size", 1}, "bytes": {"size", 1},
	"kb": {"size", 1e3}, "mb": {"size", 1e6}, "gb": {"size", 1e9}, "tb": {"size", 1e12},
	"kilobytes": {"size", 1e3}, "megabytes": {"size", 1e6}, "gigabytes": {"size", 1e9}, "terabytes": {"size", 1e12},
	"kib": {"size", 1 << 10}, "mib": {"size", 1 << 20}, "gib": {"size", 1 << 30}, "tib": {"size", 1 << 40},
	"%": {"share", 1}, "percent": {"share", 1}, "ratio": {"share", 100},
}

// Number is a number as people write it.
type Number struct {
	Value float64
	// Unit as written, "" for none.
	Unit string
	// Text is all of it as written.
	Text string
}

// Parse reads a number with or without a unit; the error says what is taken.
func Parse(text string) (Number, error) {
	t := strings.TrimSpace(text)
	end := 0
	for end < len(t) && strings.IndexByte("+-.0123456789_", t[end]) >= 0 ||
		end > 0 && end+1 < len(t) && (t[end] == 'e' || t[end] == 'E') && strings.IndexByte("+-0123456789", t[end+1]) >= 0 {
		end++
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(t[:end], "_", ""), 64)
	u := strings.TrimSpace(t[end:])
	if err != nil || math.IsInf(v, 0) || math.IsNaN(v) {
		return Number{}, fmt.Errorf("%q is not a number: write 80, 80%%, 500ms or 2GiB", text)
	}
	if _, ok := scales[strings.ToLower(u)]; u != "" && !ok {
		return Number{}, fmt.Errorf("unit %q of %q is not known: use %%, B, KB, MB, GB, KiB, MiB, GiB, ns, us, ms, s, m, h or d", u, text)
	}
	return Number{Value: v, Unit: u, Text: t}, nil
}

// In returns the number in the unit of a series. Where that says nothing or
// something else, times count in milliseconds, sizes in bytes, shares in
// percent.
func (n Number) In(series string) float64 {
	from, ok := scales[strings.ToLower(n.Unit)]
	if !ok {
		return n.Value
	}
	if to, ok := scales[strings.ToLower(strings.TrimSpace(series))]; ok && to.family == from.family {
		return n.Value * from.factor / to.factor
	}
	return n.Value * from.factor
}

var suffixes = []struct{ end, unit string }{
	{"percent", "%"}, {"pct", "%"}, {"milliseconds", "ms"}, {"_ms", "ms"}, {".ms", "ms"}, {"microseconds", "us"}, {"nanoseconds", "ns"},
	{"seconds", "s"}, {"_s", "s"}, {"bytes_per_second", "bytes/s"}, {"bytes_received_rate", "bytes/s"}, {"bytes_sent_rate", "bytes/s"}, {"bytes_rate", "bytes/s"},
	{"bytes", "bytes"}, {"bytes_total", "bytes"}, {"_kb", "kb"}, {"_mb", "mb"}, {"_gb", "gb"}, {"_mib", "mib"}, {"_gib", "gib"},
	{"_rate", "/s"}, {"per_second", "/s"},
	{"latency.p50", "ms"}, {"latency.p90", "ms"}, {"latency.p95", "ms"}, {"latency.p99", "ms"}, {"latency", "ms"},
}

// Guess returns the unit that a metric's name betrays, or "".
func Guess(metric string) string {
	m := strings.ToLower(metric)
	for _, s := range suffixes {
		if strings.HasSuffix(m, s.end) {
			return s.unit
		}
	}
	return ""
}

type step struct {
	from, by float64
	name     string
}

var (
	sizes = []step{{1 << 40, 1 << 40, "TiB"}, {1 << 30, 1 << 30, "GiB"}, {1 << 20, 1 << 20, "MiB"}, {1 << 10, 1 << 10, "KiB"}, {0, 1, "B"}}
	times = []step{{2 * 86400e3, 86400e3, "d"}, {2 * 3600e3, 3600e3, "h"}, {120e3, 60e3, "min"}, {1e3, 1e3, "s"}, {1, 1, "ms"}, {1e-3, 1e-3, "µs"}, {0, 1e-6, "ns"}}
)

// Format returns v in unit for people: "97.3 %", "1.2 GiB", "820 ms".
func Format(v float64, unit string) string {
	u := strings.TrimSpace(unit)
	base, per := u, ""
	if b, ok := strings.CutSuffix(u, "/s"); ok && b != "" {
		base, per = b, "/s"
	}
	sc, known := scales[strings.ToLower(base)]
	steps := sizes
	switch {
	case !known && u == "":
		return digits(v)
	case !known && strings.HasPrefix(u, "/"):
		return digits(v) + u
	case !known:
		return digits(v) + " " + u
	case sc.family == "share":
		return digits(v*sc.factor) + " %" + per
	case sc.family == "time":
		steps = times
	}
	v *= sc.factor
	for _, s := range steps {
		if math.Abs(v) >= s.from && v != 0 || v == 0 && s.by == 1 {
			return digits(v/s.by) + " " + s.name + per
		}
	}
	return digits(v) + per
}

// digits returns v with what four digits can say; a whole number whole.
func digits(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1e15 || a > 0 && a < 1e-4:
		return strconv.FormatFloat(v, 'g', 4, 64)
	case v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 1000:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 100:
		return trim(strconv.FormatFloat(v, 'f', 1, 64))
	case a >= 1:
		return trim(strconv.FormatFloat(v, 'f', 2, 64))
	default:
		return trim(strconv.FormatFloat(v, 'f', 4, 64))
	}
}

func trim(s string) string { return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") }
