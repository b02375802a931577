package plot

import (
	"math"
	"strings"
)

// Series is samples of one series, oldest first: times in milliseconds since
// 1970, values in the unit of the series.
type Series struct {
	Times  []int64
	Values []float64
}

var levels = []rune("▁▂▃▄▅▆▇█")

// Spark returns one line of width characters from time from to time to: each
// shows the mean of its share of the time, and is blank where nothing was.
func Spark(s Series, from, to int64, width int) string {
	sums, counts := make([]float64, width), make([]int, width)
	for i, t := range s.Times {
		if x := column(t, from, to, width); x >= 0 {
			sums[x] += s.Values[i]
			counts[x]++
		}
	}
	low, high := math.Inf(1), math.Inf(-1)
	for x, n := range counts {
		if n > 0 {
			sums[x] /= float64(n)
			low, high = min(low, sums[x]), max(high, sums[x])
		}
	}
	var b strings.Builder
	for x, n := range counts {
		switch {
		case n == 0:
			b.WriteByte(' ')
		case high <= low:
			b.WriteRune(levels[0])
		default:
			b.WriteRune(levels[int(math.Round((sums[x]-low)/(high-low)*float64(len(levels)-1)))])
		}
	}
	return b.String()
}

// column returns which of width columns a time is in; -1 when it is outside.
func column(t, from, to int64, width int) int {
	if t < from || t > to || width <= 0 {
		return -1
	}
	if to == from {
		return width - 1
	}
	return min(int(float64(t-from)/float64(to-from)*float64(width)), width-1)
}
