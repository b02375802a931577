package incident

import (
	"math"

	"github.com/expr-lang/expr/vm"

	"github.com/parley-ops/parley/services/evaluator/internal/memory"
	"github.com/parley-ops/parley/services/evaluator/policy"
)

// evaluator runs expressions; one for each State, and no longer than Apply.
type evaluator struct {
	vm    vm.VM
	scope policy.Scope
	s     *State
	x     *series
	sl    *slot
	// unknown: something that was asked for is not known, and so neither is what it
	// comes to.
	unknown bool
}

// expression reports whether the expression of a condition is true of the newest
// value; ok is false when that is not known.
func (s *State) expression(x *series, sl *slot, prev float64) (holds, ok bool) {
	e := s.expr
	if e == nil {
		e = &evaluator{s: s}
		e.scope = policy.Scope{
			Mean:    e.over(func(m *memory.Summary, _ *memory.Past) float64 { return m.Mean }),
			Total:   e.over(func(m *memory.Summary, _ *memory.Past) float64 { return m.Total }),
			Lowest:  e.over(func(m *memory.Summary, _ *memory.Past) float64 { return m.Min }),
			Highest: e.over(func(m *memory.Summary, _ *memory.Past) float64 { return m.Max }),
			Changes: e.over(func(_ *memory.Summary, p *memory.Past) float64 { return float64(p.Changes(e.x.at)) }),
			Ago:     func(span string) float64 { return e.known(e.then(span).Mean) },
			Rate:    e.rate, Metric: e.metric,
		}
		s.expr = e
	}
	e.x, e.sl, e.unknown = x, sl, false
	e.scope.Value, e.scope.Previous, e.scope.Time, e.scope.Labels = x.last, prev, float64(x.at)/1000, map[string]string{}
	for _, l := range x.res.labels() {
		e.scope.Labels[l.Name] = l.Value
	}
	out, err := e.vm.Run(sl.Expr.Program, e.scope)
	e.x, e.sl = nil, nil
	holds, is := out.(bool)
	return holds, err == nil && is && !e.unknown
}

func (e *evaluator) known(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		e.unknown = true
	}
	return v
}

// past returns the series' past of a span; nil for one that the expression does
// not name.
func (e *evaluator) past(span string) *memory.Past {
	d, ok := e.sl.Expr.Spans[span]
	if !ok {
		return nil
	}
	for k, have := range e.x.list.remembers.spans {
		if have == d {
			return &e.x.mem.pasts[k]
		}
	}
	return nil
}

func (e *evaluator) over(what func(*memory.Summary, *memory.Past) float64) func(string) float64 {
	return func(span string) float64 {
		p := e.past(span)
		if p == nil {
			return e.known(math.NaN())
		}
		m := p.Summary(e.x.at, p.Span().Milliseconds())
		if m.Count == 0 {
			return e.known(math.NaN())
		}
		return e.known(what(&m, p))
	}
}

func (e *evaluator) then(span string) memory.Then {
	p := e.past(span)
	if p == nil {
		return memory.Then{Mean: math.NaN(), Value: math.NaN()}
	}
	t, ok := p.Ago(e.x.at, min(p.Span().Milliseconds()/4, 3*int64(e.x.interval)/2))
	if !ok || t.At >= e.x.at {
		return memory.Then{Mean: math.NaN(), Value: math.NaN()}
	}
	return t
}

func (e *evaluator) rate(span string) float64 {
	t := e.then(span)
	return e.known((e.x.last - t.Value) * 1000 / float64(e.x.at-t.At))
}

func (e *evaluator) metric(name string) float64 {
	for _, j := range e.x.res.series {
		y := &e.s.series[j]
		if y.name == name && y.at > 0 && e.s.time-y.seen <= e.sl.window(y.interval) {
			return y.last
		}
	}
	return e.known(math.NaN())
}
