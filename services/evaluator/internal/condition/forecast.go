package condition

var forecast = Kind{
	Doc:     "Holds while the series is going to reach a number in time: {reaches: 100, within: 24h, confidence: 80%}.",
	Operand: Own,
	Holds:   never,
	Quiet:   nowhere,
	Line:    above.Line,
	Worse:   above.Worse,
	Check:   nothing,
}
