package condition

var absent = Kind{
	Doc:     "Holds while no sample has come for so long. A series that never came is not absent.",
	Operand: Span, Timed: true,
	Holds: never,
	Quiet: anything,
	Line:  noLine,
	Worse: neither,
	Check: nothing,
}
