package catalog

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
)

// Derived is a metric computed from several of one resource in one bucket.
type Derived struct {
	// Name here: "aws.alb.http_5xx_percent".
	Name string
	// Service is the name of its service.
	Service string
	// Unit of the values.
	Unit string
	// Formula over the AWS names of the inputs.
	Formula string
	// Doc says in a sentence what it is.
	Doc string
	// Inputs are the metrics which the formula names.
	Inputs []Metric
	// Period is the longest of the inputs' periods.
	Period time.Duration
	// Dimensions are the sets in which it can be computed.
	Dimensions [][]string

	names   []string // of Inputs in the formula
	program *vm.Program
}

// period is the name by which a formula has the bucket's length in seconds.
const period = "period"

// compile makes the formula ready. known returns the metric that a name stands
// for; what it does not know is an error.
func (d *Derived) compile(known func(name string) (Metric, bool)) error {
	found := &identifiers{}
	env := map[string]any{}
	// Twice: to learn the names, and then, strictly, with these only.
	if _, err := expr.Compile(d.Formula, append(limits(), expr.AllowUndefinedVariables(), expr.Patch(found))...); err != nil {
		return fmt.Errorf("%s: formula: %w", d.Name, err)
	}
	env[period] = 0.0
	for _, name := range found.names {
		if name == period {
			continue
		}
		m, ok := known(name)
		if !ok {
			return fmt.Errorf("%s: formula: %s is no metric of %s, nor in `with`", d.Name, name, d.Service)
		}
		env[name] = 0.0
		d.Inputs, d.names = append(d.Inputs, m), append(d.names, name)
		d.Period = max(d.Period, m.Period)
	}
	if len(d.Inputs) == 0 {
		return fmt.Errorf("%s: formula names no metric", d.Name)
	}
	program, err := expr.Compile(d.Formula, append(limits(), expr.Env(env), expr.AsFloat64())...)
	if err != nil {
		return fmt.Errorf("%s: formula: %w", d.Name, err)
	}
	d.program = program
	return nil
}

func limits() []expr.Option {
	return []expr.Option{expr.DisableAllBuiltins(), expr.EnableBuiltin("max"), expr.EnableBuiltin("min"), expr.EnableBuiltin("abs"), expr.MaxNodes(200)}
}

// Eval computes the metric from the values of its inputs in one bucket of the
// given length, by the inputs' Name. A missing input counts 0 where its metric
// says so, but not when all are missing. False: there is no sample.
func (d *Derived) Eval(bucket time.Duration, values map[string]float64) (float64, bool) {
	env := make(map[string]any, len(d.names)+1)
	env[period] = bucket.Seconds()
	there := false
	for i, m := range d.Inputs {
		v, ok := values[m.Name]
		switch {
		case ok:
			there = true
		case m.Missing != Zero:
			return 0, false
		}
		env[d.names[i]] = v
	}
	if !there || bucket <= 0 {
		return 0, false
	}
	out, err := vm.Run(d.program, env)
	v, ok := out.(float64)
	if err != nil || !ok || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, false
	}
	return v, true
}

// Has reports whether it can be computed for exactly these dimensions.
func (d *Derived) Has(dimensions []string) bool { return hasSet(d.Dimensions, dimensions) }

// sets returns the sets of dimensions that all inputs have.
func (d *Derived) sets() [][]string {
	var out [][]string
	for _, set := range d.Inputs[0].Dimensions {
		if !slices.ContainsFunc(d.Inputs, func(m Metric) bool { return !m.Has(set) }) {
			out = append(out, set)
		}
	}
	return out
}
