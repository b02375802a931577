package condition

import "math"

var changed = Kind{
	Doc:     "Holds for a value that differs from the one before it.",
	Operand: Flag, Turns: true,
	Holds: func(_ *Params, v, prev float64, _ bool) bool {
		return v != prev && !math.IsNaN(prev) && !math.IsNaN(v)
	},
	Quiet: func(*Params) (float64, float64, bool) { return 0, 0, false },
	Line:  func(*Params, float64) (float64, bool) { return 0, false },
	Worse: func(*Params, float64, float64) bool { return false },
	Check: func(*Params) error { return nil },
}
