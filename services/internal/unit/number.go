package unit

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

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
	if u != "" && units[strings.ToLower(u)].family == "" {
		return Number{}, fmt.Errorf("unit %q of %q is not known: use %%, B, KB, MB, GB, KiB, MiB, GiB, ns, us, ms, s, m, h or d", u, text)
	}
	return Number{Value: v, Unit: u, Text: t}, nil
}

// In returns the number in the unit of a series. Where that says nothing or
// something else, times count in milliseconds, sizes in bytes, shares in
// percent.
func (n Number) In(series string) float64 {
	from, to := units[strings.ToLower(n.Unit)], units[strings.ToLower(strings.TrimSpace(series))]
	if from.family == "" {
		return n.Value
	}
	if to.family != from.family {
		if to = units["b"]; from.family == times {
			to = units["ms"]
		}
	}
	if from.factor < to.factor { // so that powers of ten come out exact
		return n.Value / (to.factor / from.factor)
	}
	return n.Value * (from.factor / to.factor)
}

// Words returns the number as people read it: "85 %", "500 ms".
func (n Number) Words() string {
	if n.Unit == "" {
		return n.Text
	}
	return strings.TrimSpace(strings.TrimSuffix(n.Text, n.Unit)) + " " + n.Unit
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
