package waste

import (
	"math"
	"slices"
	"time"
)

// Hours is one metric of one resource by the hour, oldest first. Values[i] is
// of the hour that begins at From + i hours; NaN where there was no point.
type Hours struct {
	From   time.Time
	Values []float64
}

// NewHours returns n hours from a time, all without a point.
func NewHours(from time.Time, n int) Hours {
	h := Hours{From: from.Truncate(time.Hour), Values: make([]float64, n)}
	for i := range h.Values {
		h.Values[i] = math.NaN()
	}
	return h
}

// Set notes a point; one that is outside is ignored.
func (h Hours) Set(at time.Time, v float64) {
	if i := int(at.Sub(h.From) / time.Hour); !at.Before(h.From) && i < len(h.Values) {
		h.Values[i] = v
	}
}

// since returns the hours that begin at t or later.
func (h Hours) since(t time.Time) Hours {
	i := h.index(t)
	return Hours{From: h.From.Add(time.Duration(i) * time.Hour), Values: h.Values[i:]}
}

// until returns the hours that begin before t.
func (h Hours) until(t time.Time) Hours {
	return Hours{From: h.From, Values: h.Values[:h.index(t)]}
}

// index returns which hour is the first that begins at t or later.
func (h Hours) index(t time.Time) int {
	n := len(h.Values)
	if n == 0 || !t.After(h.From) {
		return 0
	}
	if !t.Before(h.From.Add(time.Duration(n) * time.Hour)) {
		return n
	}
	return int((t.Sub(h.From) + time.Hour - 1) / time.Hour)
}

// at returns the value of the hour that begins exactly at t; NaN if there is none.
func (h Hours) at(t time.Time) float64 {
	if i := h.index(t); i < len(h.Values) && h.From.Add(time.Duration(i)*time.Hour).Equal(t) {
		return h.Values[i]
	}
	return math.NaN()
}

// points returns how many hours have one.
func (h Hours) points() int {
	n := 0
	for _, v := range h.Values {
		if !math.IsNaN(v) {
			n++
		}
	}
	return n
}

// enough reports whether less than a share of the hours is missing (0 to 1).
func (h Hours) enough(missing float64) bool {
	n := len(h.Values)
	return n > 0 && float64(n-h.points()) < missing*float64(n)
}

// last returns the end of the last hour with a point; zero if there is none.
func (h Hours) last() time.Time {
	for i := len(h.Values) - 1; i >= 0; i-- {
		if !math.IsNaN(h.Values[i]) {
			return h.From.Add(time.Duration(i+1) * time.Hour)
		}
	}
	return time.Time{}
}

// sum and max go over the hours with a point; 0 without any.
func (h Hours) sum() float64 {
	s := 0.0
	for _, v := range h.Values {
		if !math.IsNaN(v) {
			s += v
		}
	}
	return s
}

func (h Hours) max() float64 {
	m := 0.0
	for _, v := range h.Values {
		if !math.IsNaN(v) {
			m = max(m, v)
		}
	}
	return m
}

// quantile returns the value below which a share q of the hours with a point
// lies, by the nearest rank; NaN without any.
func (h Hours) quantile(q float64) float64 {
	var all []float64
	for _, v := range h.Values {
		if !math.IsNaN(v) {
			all = append(all, v)
		}
	}
	if len(all) == 0 {
		return math.NaN()
	}
	slices.Sort(all)
	return all[min(max(int(math.Ceil(q*float64(len(all))))-1, 0), len(all)-1)]
}

// quietSince returns for how long, up to its end, nothing was above limit; an
// hour without a point counts as quiet.
func (h Hours) quietSince(limit float64) time.Duration {
	n := 0
	for i := len(h.Values) - 1; i >= 0 && !(h.Values[i] > limit); i-- {
		n++
	}
	return time.Duration(n) * time.Hour
}
