package condition

var event = Kind{
	Doc:     "Holds after an event from outside of that type: for lasts, 10m if nothing else is said, or until an event that ends it. * stands for anything: deploy.*",
	Operand: Own,
	Holds:   never,
	Quiet:   nowhere,
	Line:    noLine,
	Worse:   higher,
	Check:   nothing,
}
