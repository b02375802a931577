package condition

var expr = Kind{
	Doc:     "Holds while the expression is true: value > 80 && mean(\"10m\") > 70 && metric(\"requests.rate\") < 100 && labels.env == \"prod\".",
	Operand: Own,
	Holds:   never,
	Quiet:   nowhere,
	Line:    noLine,
	Worse:   neither,
	Check:   nothing,
}
