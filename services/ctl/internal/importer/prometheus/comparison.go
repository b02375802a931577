package prometheus

import (
	"errors"
	"math"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/parley-ops/parley/services/ctl/internal/importer"
)

// compare reads a comparison.
func (e *expression) compare(x *parser.BinaryExpr, depth int) (*node, error) {
	left, right, op := bare(x.LHS), bare(x.RHS), x.Op.String()
	if _, ok := left.(*parser.NumberLiteral); ok {
		left, right, op = right, left, map[string]string{">": "<", "<": ">", ">=": "<=", "<=": ">="}[op]
		if op == "" {
			op = x.Op.String()
		}
	}
	limit, still := literal(right)
	if g, ok := left.(*parser.AggregateExpr); ok && still {
		return e.group(g, op, limit, depth)
	}
	if !plainly(x) {
		return nil, errors.New("its sides are matched by only some of their labels (on, ignoring, group_left); a policy compares metrics with equal labels")
	}
	f := &formula{e: e, main: main(x), depth: depth}
	for range 4 { // what a recording rule is made of
		if r := e.c.records[f.main]; r != nil && r.parsed != nil {
			f.main = main(r.parsed)
		}
	}
	l, err := f.number(left)
	if err != nil {
		return nil, err
	}
	r, err := f.number(right)
	if err != nil {
		return nil, err
	}
	if f.main == "" {
		return nil, errors.New("it looks at no metric")
	}
	n := &node{metric: f.main, text: l + " " + op + " " + r}
	if n.scope, err = distinct(f.scope); err != nil {
		return nil, err
	}
	kind := map[string]string{">": "above", ">=": "above", "<": "below", "<=": "below", "==": "equals"}[op]
	if n.pairs = []any{"expr", n.text}; still && l == "value" && kind != "" {
		n.pairs = []any{kind, importer.Number(format(limit))}
		if op == ">=" || op == "<=" {
			n.pairs = append(n.pairs, "or_equal", importer.Number("true"))
		}
	}
	if len(f.filters) > 0 {
		return allOf(append(f.filters, n)...)
	}
	return n, nil
}

// filter reads a comparison, or `and`, within a number: what remains of a series is
// the side that it returns, where the other says so. nil if it is neither.
func (f *formula) filter(x *parser.BinaryExpr) (kept parser.Expr, err error) {
	var n *node
	switch {
	case !plainly(x):
		return nil, nil
	case x.Op == parser.LAND:
		kept = x.LHS
		n, err = f.e.condition(x.RHS, f.depth)
	case x.Op.IsComparisonOperator():
		if kept = x.LHS; isNumber(kept) {
			kept = x.RHS
		}
		n, err = f.e.compare(x, f.depth)
	default:
		return nil, nil
	}
	if err == nil && n.by != nil {
		err = errAggregate
	}
	if err == nil {
		f.filters = append(f.filters, n)
	}
	return kept, err
}

func isNumber(x parser.Expr) bool {
	_, ok := literal(x)
	return ok
}

func plainly(x *parser.BinaryExpr) bool {
	vm := x.VectorMatching
	return !x.ReturnBool && (vm == nil || !vm.On && len(vm.MatchingLabels) == 0 && vm.Card == parser.CardOneToOne)
}

func bare(x parser.Expr) parser.Expr {
	for {
		p, ok := x.(*parser.ParenExpr)
		if !ok {
			return x
		}
		x = p.Expr
	}
}

// literal returns what a number comes to that stands still: 4 * 3600.
func literal(x parser.Expr) (float64, bool) {
	switch x := bare(x).(type) {
	case *parser.NumberLiteral:
		return x.Val, !math.IsNaN(x.Val) && !math.IsInf(x.Val, 0)
	case *parser.UnaryExpr:
		v, ok := literal(x.Expr)
		if x.Op == parser.SUB {
			v = -v
		}
		return v, ok
	case *parser.BinaryExpr:
		a, ok := literal(x.LHS)
		b, also := literal(x.RHS)
		if !ok || !also {
			return 0, false
		}
		switch x.Op {
		case parser.ADD:
			return a + b, true
		case parser.SUB:
			return a - b, true
		case parser.MUL:
			return a * b, true
		case parser.DIV:
			return a / b, b != 0
		}
	}
	return 0, false
}
