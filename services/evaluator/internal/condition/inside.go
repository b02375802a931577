package condition

import (
	"errors"
	"math"
)

var inside = Kind{
	Doc:     "Holds while the value is within the two numbers, both included.",
	Operand: Range, Ordered: true,
	Holds: func(p *Params, v, _ float64, was bool) bool {
		return v >= p.At && v <= p.To || was && p.HasUntil && v >= p.Until && v <= p.UntilTo
	},
	// Two intervals are quiet; one of them is of use.
	Quiet: func(p *Params) (float64, float64, bool) {
		return math.Inf(-1), math.Nextafter(p.At, math.Inf(-1)), true
	},
	Line:  outside.Line,
	Worse: func(p *Params, a, b float64) bool { return distance(p, a) < distance(p, b) },
	Check: func(p *Params) error {
		if p.At > p.To {
			return errors.New("the first number must not be greater than the second")
		}
		if p.HasUntil && (p.Until > p.At || p.UntilTo < p.To) {
			return errors.New("until must be a range around the range: it is where the condition recovers")
		}
		return nil
	},
}
