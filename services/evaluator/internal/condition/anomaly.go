package condition

var anomaly = Kind{
	Doc:     "Holds while the series does what it rarely does by its own past: warning, critical, or one false alert in so many days.",
	Operand: Own,
	Holds:   never,
	Quiet:   nowhere,
	Line:    outside.Line,
	Worse:   outside.Worse,
	Check:   nothing,
}
