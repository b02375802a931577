package message

import (
	"math"
	"strconv"
	"strings"
)

// Value returns a number with its unit, as people write it: "97 %", "1.2 GiB".
func Value(v float64, unit string) string {
	switch strings.ToLower(unit) {
	case "":
		return number(v)
	case "bytes", "byte", "b":
		return scaled(v, 1024, "B", "KiB", "MiB", "GiB", "TiB", "PiB")
	case "seconds", "second", "s":
		if a := math.Abs(v); a > 0 && a < 1 {
			return number(v*1000) + " ms"
		}
		return number(v) + " s"
	case "percent":
		return number(v) + " %"
	}
	return number(v) + " " + Cut(unit, 20)
}

func scaled(v, step float64, units ...string) string {
	i := 0
	for math.Abs(v) >= step && i < len(units)-1 {
		v, i = v/step, i+1
	}
	return number(v) + " " + units[i]
}

// number returns v with at most four digits that matter.
func number(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "–"
	case a >= 1e15:
		return strconv.FormatFloat(v, 'g', 4, 64)
	case a >= 1000:
		return grouped(strconv.FormatFloat(v, 'f', 0, 64))
	case a >= 100:
		return trim(strconv.FormatFloat(v, 'f', 1, 64))
	case a >= 1 || v == 0:
		return trim(strconv.FormatFloat(v, 'f', 2, 64))
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

func trim(s string) string { return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") }

// grouped puts a thin comma between thousands.
func grouped(s string) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return sign + s
}

// Spark returns values as a line of eight heights, at most width of them.
func Spark(values []float64, width int) string {
	if len(values) == 0 || width <= 0 {
		return ""
	}
	n := min(width, len(values))
	bins := make([]float64, n)
	for i := range bins {
		from, to := i*len(values)/n, max((i+1)*len(values)/n, i*len(values)/n+1)
		for _, v := range values[from:to] {
			bins[i] += v / float64(to-from)
		}
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range bins {
		lo, hi = math.Min(lo, v), math.Max(hi, v)
	}
	var b strings.Builder
	for _, v := range bins {
		i := 0
		if hi > lo {
			i = int(math.Round((v - lo) / (hi - lo) * 7))
		}
		b.WriteRune([]rune("▁▂▃▄▅▆▇█")[i])
	}
	return b.String()
}
