package message

import (
	"math"
	"strconv"
	"strings"
)

// count returns how many there are, with a comma between thousands.
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
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
