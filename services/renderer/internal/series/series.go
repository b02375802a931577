package series

import (
	"math"
	"slices"
	"time"
)

// Limit is the largest magnitude a value can have in a picture; Clean clamps to
// it, so that differences of two values stay finite.
const Limit = 1e300

// Point is one sample. A NaN value says that there was none at that time.
type Point struct {
	At    time.Time
	Value float64
}

// Valid reports whether the point has a value.
func (p Point) Valid() bool { return !math.IsNaN(p.Value) }

// Clean returns the points in order of time, the last of equal times only,
// infinite values as gaps (NaN) and huge ones clamped to Limit.
func Clean(points []Point) []Point {
	out := make([]Point, 0, len(points))
	for _, p := range points {
		switch {
		case math.IsInf(p.Value, 0):
			p.Value = math.NaN()
		case p.Value > Limit:
			p.Value = Limit
		case p.Value < -Limit:
			p.Value = -Limit
		}
		out = append(out, p)
	}
	byTime := func(a, b Point) int { return a.At.Compare(b.At) }
	if !slices.IsSortedFunc(out, byTime) {
		slices.SortStableFunc(out, byTime)
	}
	kept := out[:0]
	for _, p := range out {
		if n := len(kept); n > 0 && kept[n-1].At.Equal(p.At) {
			kept[n-1] = p
			continue
		}
		kept = append(kept, p)
	}
	return kept
}

// MaxGap returns the longest distance between two samples that still belong
// together: two and a half times the usual (median) one. It is 0, meaning any,
// below three points. The points must be clean.
func MaxGap(points []Point) time.Duration {
	if len(points) < 3 {
		return 0
	}
	steps := make([]time.Duration, 0, len(points)-1)
	for i := 1; i < len(points); i++ {
		steps = append(steps, points[i].At.Sub(points[i-1].At))
	}
	slices.Sort(steps)
	return steps[len(steps)/2] * 5 / 2
}

// Runs splits clean points where a value is missing or two samples are further
// apart than maxGap (0: never). The runs share the memory of points and hold
// valid points only.
func Runs(points []Point, maxGap time.Duration) [][]Point {
	var runs [][]Point
	start := 0
	flush := func(end int) {
		if end > start {
			runs = append(runs, points[start:end])
		}
	}
	for i, p := range points {
		if !p.Valid() {
			flush(i)
			start = i + 1
			continue
		}
		if maxGap > 0 && i > start && p.At.Sub(points[i-1].At) > maxGap {
			flush(i)
			start = i
		}
	}
	flush(len(points))
	return runs
}

// Thin returns at most four points per column of the span from..to: the first,
// smallest, largest and last, in order of time. Points outside the span count
// to the columns at its ends. Source: Jugel et al., M4, VLDB 2014.
func Thin(run []Point, from, to time.Time, columns int) []Point {
	span := to.Sub(from)
	if len(run) <= 2*columns || span <= 0 || columns <= 0 {
		return run
	}
	out := make([]Point, 0, 4*columns)
	column := func(p Point) int {
		c := float64(p.At.Sub(from)) / float64(span) * float64(columns)
		return int(min(max(c, 0), float64(columns-1)))
	}
	for start := 0; start < len(run); {
		c, end := column(run[start]), start+1
		lo, hi := start, start
		for end < len(run) && column(run[end]) == c {
			if run[end].Value < run[lo].Value {
				lo = end
			}
			if run[end].Value > run[hi].Value {
				hi = end
			}
			end++
		}
		picks := [4]int{start, min(lo, hi), max(lo, hi), end - 1}
		last := -1
		for _, i := range picks {
			if i != last {
				out = append(out, run[i])
			}
			last = i
		}
		start = end
	}
	return out
}
