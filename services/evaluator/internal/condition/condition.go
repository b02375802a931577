package condition

import "math"

// Operand says what stands behind a kind's name in a policy.
type Operand int

const (
	// Number is a number, perhaps with a unit, or another metric.
	Number Operand = iota + 1
	// Range is two numbers: [low, high].
	Range
	// Flag is `true`.
	Flag
	// Span is a time.
	Span
	// Own is what the kind's own words are: Holds is not asked.
	Own
)

// Params are a condition's numbers, in the unit of the series that is judged.
type Params struct {
	// At is the number, or the low end of the range; To is its high end.
	At, To float64
	// Until and UntilTo are where the condition recovers.
	Until, UntilTo float64
	HasUntil       bool
	// OrEqual: above and below hold at the number too.
	OrEqual bool
}

// Kind is one sort of test.
type Kind struct {
	// Doc says in a sentence when it holds, for the schema and its readers.
	Doc     string
	Operand Operand
	// Ordered kinds have sides, so that a recovery threshold (`until`) makes
	// sense.
	Ordered bool
	// Turns: Holds looks at the value before.
	Turns bool
	// Timed kinds are about samples that do not come: Holds is false for each
	// that does.
	Timed bool
	// Holds reports whether v holds it, given the value before (NaN: none) and
	// whether that held it: between the threshold and the recovery threshold
	// what was stays.
	Holds func(p *Params, v, prev float64, was bool) bool
	// Quiet returns the closed interval of values which cannot begin to hold
	// it, whatever was before; ok is false if there is none.
	Quiet func(p *Params) (lo, hi float64, ok bool)
	// Line returns the threshold that v passes or is nearest to, to draw.
	Line func(p *Params, v float64) (float64, bool)
	// Worse reports whether a is further beyond the threshold than b.
	Worse func(p *Params, a, b float64) bool
	// Check returns what is wrong with the numbers, in words for the author.
	Check func(p *Params) error
}

// Parts of the kinds that no value holds.
func never(*Params, float64, float64, bool) bool { return false }
func anything(*Params) (lo, hi float64, ok bool) { return math.Inf(-1), math.Inf(1), true }
func nowhere(*Params) (lo, hi float64, ok bool)  { return 0, 0, false }
func noLine(*Params, float64) (float64, bool)    { return 0, false }
func neither(*Params, float64, float64) bool     { return false }
func higher(_ *Params, a, b float64) bool        { return a > b }
func nothing(*Params) error                      { return nil }
