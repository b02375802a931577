package series

import (
	"math"
	"slices"
	"time"
)

// Between returns the valid points with from <= time < to, of clean points. It
// copies only when a point in between has no value.
func Between(points []Point, from, to time.Time) []Point {
	at := func(t time.Time) int {
		i, _ := slices.BinarySearchFunc(points, t, func(p Point, t time.Time) int { return p.At.Compare(t) })
		return i
	}
	lo, hi := at(from), at(to)
	if lo >= hi {
		return nil
	}
	part := points[lo:hi]
	if slices.ContainsFunc(part, func(p Point) bool { return !p.Valid() }) {
		part = slices.DeleteFunc(slices.Clone(part), func(p Point) bool { return !p.Valid() })
	}
	return part
}

// Last returns the newest point that has a value; false if none has.
func Last(points []Point) (Point, bool) {
	for _, p := range slices.Backward(points) {
		if p.Valid() {
			return p, true
		}
	}
	return Point{}, false
}

// Median returns the middle value of the valid points, in their unit; NaN if
// there is none.
func Median(points []Point) float64 {
	values := make([]float64, 0, len(points))
	for _, p := range points {
		if p.Valid() {
			values = append(values, p.Value)
		}
	}
	if len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	n := len(values)
	return values[(n-1)/2]/2 + values[n/2]/2
}

// Bounds returns the smallest and largest value, in the points' unit; false if
// no point has one.
func Bounds(points []Point) (lo, hi float64, ok bool) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, p := range points {
		if p.Valid() {
			lo, hi = min(lo, p.Value), max(hi, p.Value)
		}
	}
	return lo, hi, lo <= hi
}

// Worst returns the point furthest beyond a limit: the smallest value if below,
// else the largest; false if no point has a value.
func Worst(points []Point, below bool) (worst Point, ok bool) {
	for _, p := range points {
		if !p.Valid() {
			continue
		}
		if !ok || (below && p.Value < worst.Value) || (!below && p.Value > worst.Value) {
			worst, ok = p, true
		}
	}
	return worst, ok
}

// Number reports whether v is a number: neither NaN nor infinite.
func Number(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
