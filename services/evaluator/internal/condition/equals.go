package condition

var equals = Kind{
	Doc:     "Holds while the value is exactly the number.",
	Operand: Number,
	Holds:   func(p *Params, v, _ float64, _ bool) bool { return v == p.At },
	Quiet:   func(*Params) (float64, float64, bool) { return 0, 0, false },
	Line:    func(p *Params, _ float64) (float64, bool) { return p.At, true },
	Worse:   func(*Params, float64, float64) bool { return false },
	Check:   func(*Params) error { return nil },
}
