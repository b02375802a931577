package score

import (
	"math"
	"slices"
)

// Moment is a forecast of when a disk is full: hours, +Inf for never.
type Moment struct{ Said, Real float64 }

// Spans are the hours that "full within" is asked of.
var Spans = [...]float64{24, 72, 168}

// Fulls is how good such forecasts were.
type Fulls struct {
	F1 [len(Spans)]float64
	// Error is the median of |log2(said/real)| where the real time is 6 to 168
	// hours, Near the share of those within a factor of 1.25.
	Error, Near float64
}

// Full scores forecasts. Moments with span < real <= 1.25 span are left out of
// a span; where the real time is within it, up to 1.125 of it is a hit.
func Full(moments []Moment) (f Fulls) {
	var errs []float64
	near := 0
	for k, span := range Spans {
		hits, wrong := 0.0, 0.0
		for _, m := range moments {
			switch {
			case m.Real <= 0:
			case m.Real <= span && m.Said <= 1.125*span:
				hits++
			case m.Real <= span, m.Real > 1.25*span && m.Said <= span:
				wrong++
			}
		}
		if hits > 0 {
			f.F1[k] = 2 * hits / (2*hits + wrong)
		}
	}
	for _, m := range moments {
		if m.Real < 6 || m.Real > 168 {
			continue
		}
		e := math.Inf(1)
		if m.Said > 0 {
			e = math.Abs(math.Log2(m.Said / m.Real))
		}
		errs = append(errs, e)
		if e <= math.Log2(1.25) {
			near++
		}
	}
	if len(errs) > 0 {
		slices.Sort(errs)
		f.Error, f.Near = errs[len(errs)/2], float64(near)/float64(len(errs))
	}
	return f
}
