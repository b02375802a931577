package incident

import (
	"math"
	"slices"

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
			Mean:    e.over(func(m *memory.Summary) float64 { return m.Mean }),
			Total:   e.over(func(m *memory.Summary) float64 { return m.Total }),
			Lowest:  e.over(func(m *memory.Summary) float64 { return m.Min }),
			Highest: e.over(func(m *memory.Summary) float64 { return m.Max }),
			Changes: e.changes,
			Ago:     e.ago,
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

// past returns the past of a span, of the series or of one beside it; nil for one
// that the expression does not name, or that is not there.
func (e *evaluator) past(span string, metric []string) (*memory.Past, *series) {
	y := e.x
	d, ok := e.sl.Expr.Spans[span]
	if len(metric) > 0 {
		d, ok = e.sl.Expr.Beside[metric[0]][span]
		y = e.beside(metric[0])
	}
	if !ok || y == nil || y.mem == nil {
		return nil, nil
	}
	k := slices.Index(y.list.remembers.spans, d)
	if k < 0 {
		return nil, nil
	}
	return &y.mem.pasts[k], y
}

func (e *evaluator) over(what func(*memory.Summary) float64) func(string, ...string) float64 {
	return func(span string, metric ...string) float64 {
		p, y := e.past(span, metric)
		if p == nil {
			return e.known(math.NaN())
		}
		m := p.Summary(y.at, p.Span().Milliseconds())
		if m.Count == 0 {
			return e.known(math.NaN())
		}
		return e.known(what(&m))
	}
}

func (e *evaluator) changes(span string, metric ...string) float64 {
	p, y := e.past(span, metric)
	if p == nil {
		return e.known(math.NaN())
	}
	return float64(p.Changes(y.at))
}

// then returns what a series was that long ago; false if that is not known.
func (e *evaluator) then(span string, metric []string) (t memory.Then, y *series, ok bool) {
	p, y := e.past(span, metric)
	if p == nil {
		return t, y, false
	}
	t, ok = p.Ago(y.at, min(p.Span().Milliseconds()/4, 3*int64(y.interval)/2))
	return t, y, ok && t.At < y.at
}

func (e *evaluator) ago(span string, metric ...string) float64 {
	t, _, ok := e.then(span, metric)
	if !ok {
		return e.known(math.NaN())
	}
	return e.known(t.Mean)
}

func (e *evaluator) rate(span string, metric ...string) float64 {
	t, y, ok := e.then(span, metric)
	if !ok {
		return e.known(math.NaN())
	}
	return e.known((y.last - t.Value) * 1000 / float64(y.at-t.At))
}

func (e *evaluator) metric(name string) float64 {
	if y := e.beside(name); y != nil {
		return y.last
	}
	return e.known(math.NaN())
}

// beside returns another series of the resource that is not silent; nil if there is
// none.
func (e *evaluator) beside(name string) *series {
	for _, j := range e.x.res.series {
		y := &e.s.series[j]
		if y.name == name && y.at > 0 && e.s.time-y.seen <= e.sl.window(y.interval) {
			return y
		}
	}
	return nil
}
