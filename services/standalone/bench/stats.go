package main

import (
	"math"
	"slices"
)

// quantile returns the smallest value that at least the share q of all values
// does not exceed (nearest rank), NaN when there is none.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	v := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(q * float64(len(v))))
	return v[max(rank, 1)-1]
}

// median returns the middle value, of an even number the mean of the two in
// the middle, NaN when there is none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	v := slices.Sorted(slices.Values(values))
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}
