package condition

import (
	"errors"
	"math"
)

var outside = Kind{
	Doc:     "Holds while the value is less than the first number or greater than the second.",
	Operand: Range, Ordered: true,
	Holds: func(p *Params, v, _ float64, was bool) bool {
		return v < p.At || v > p.To || was && p.HasUntil && (v < p.Until || v > p.UntilTo)
	},
	Quiet: func(p *Params) (float64, float64, bool) { return p.At, p.To, true },
	Line: func(p *Params, v float64) (float64, bool) {
		if math.Abs(v-p.At) < math.Abs(v-p.To) {
			return p.At, true
		}
		return p.To, true
	},
	Worse: func(p *Params, a, b float64) bool { return distance(p, a) > distance(p, b) },
	Check: func(p *Params) error {
		if p.At > p.To {
			return errors.New("the first number must not be greater than the second")
		}
		if p.HasUntil && (p.Until < p.At || p.UntilTo > p.To || p.Until > p.UntilTo) {
			return errors.New("until must be a range within the range: it is where the condition recovers")
		}
		return nil
	},
}

// distance returns how far v is from the range; negative inside of it.
func distance(p *Params, v float64) float64 { return math.Max(p.At-v, v-p.To) }
