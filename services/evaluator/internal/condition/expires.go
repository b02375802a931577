package condition

var expires = Kind{
	Doc:     "Holds while the newest sample is older than that, by the time when it was measured: a check or a heartbeat that has expired.",
	Operand: Span, Timed: true,
	Holds: never,
	Quiet: anything,
	Line:  noLine,
	Worse: neither,
	Check: nothing,
}
