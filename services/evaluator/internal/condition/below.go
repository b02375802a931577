package condition

import (
	"errors"
	"math"
)

var below = Kind{
	Doc:     "Holds while the value is less than the number.",
	Operand: Number, Ordered: true,
	Holds: func(p *Params, v, _ float64, was bool) bool {
		return v < p.At || p.OrEqual && v == p.At || was && p.HasUntil && v < p.Until
	},
	Quiet: func(p *Params) (float64, float64, bool) {
		if p.OrEqual {
			return math.Nextafter(p.At, math.Inf(1)), math.Inf(1), true
		}
		return p.At, math.Inf(1), true
	},
	Line:  func(p *Params, _ float64) (float64, bool) { return p.At, true },
	Worse: func(_ *Params, a, b float64) bool { return a < b },
	Check: func(p *Params) error {
		if p.HasUntil && p.Until < p.At {
			return errors.New("until must not be under the threshold: it is where the condition recovers")
		}
		return nil
	},
}
