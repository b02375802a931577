package prometheus

import (
	"errors"
	"math"
	"slices"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/parley-ops/parley/services/ctl/internal/importer"
)

// groupBy puts a condition on groups.
func groupBy(n *node, err error, by []string) (*node, error) {
	if err != nil {
		return nil, err
	}
	if n.by != nil {
		return nil, errors.New("groups within groups")
	}
	if n.op == "all" {
		if n = n.merged(); n == nil {
			return nil, errors.New("what has to hold of one series of a group is about several metrics; over a group a policy asks each of them of any series")
		}
	}
	if by == nil {
		by = []string{}
	}
	n.by = &by
	return n, nil
}

// merged returns conditions that all have to hold of one series as a single one;
// nil if they are not on one metric.
func (n *node) merged() *node {
	if n.op == "" {
		return n
	}
	var out *node
	for _, c := range n.children {
		if c = c.merged(); c == nil || n.op != "all" || c.text == "" || c.group != nil || out != nil && c.metric != out.metric {
			return nil
		}
		if out == nil {
			out = &node{metric: c.metric, scope: n.scope, text: "(" + c.text + ")"}
			continue
		}
		out.text += " && (" + c.text + ")"
	}
	out.pairs = []any{"expr", out.text}
	return out
}

func sameBy(a, b *[]string) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, y := slices.Clone(*a), slices.Clone(*b)
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

// group reads a comparison with the highest, the lowest or the number of a group.
func (e *expression) group(g *parser.AggregateExpr, op string, limit float64, depth int) (*node, error) {
	if g.Without {
		return nil, errors.New("`without` names labels that go; a policy's `by` names those that stay: write the rule with by (…)")
	}
	switch {
	case g.Op == parser.COUNT && (op == ">" || op == ">=") && limit == math.Trunc(limit) && limit >= 0 && limit < 1e6:
		n, err := e.condition(g.Expr, depth)
		if n, err = groupBy(n, err, g.Grouping); err != nil || n.op != "" {
			return nil, errAggregate
		}
		if op == ">=" {
			limit--
		}
		if limit < 0 {
			return nil, errors.New("it is always true")
		}
		n.group = []any{"count", importer.Map(true, "above", importer.Number(format(limit)))}
		return n, nil
	case (g.Op == parser.SUM || g.Op == parser.AVG) && limit == 0 && (op == ">" || op == "<=" || op == "=="):
		return e.sumOfNone(g, op, depth)
	case g.Op == parser.MAX || g.Op == parser.MIN:
		item := map[string]parser.ItemType{">": parser.GTR, ">=": parser.GTE, "<": parser.LSS, "<=": parser.LTE}[op]
		if item == 0 {
			return nil, errors.New("the highest or lowest of a group can be above or below a number, not equal to it")
		}
		n, err := e.compare(&parser.BinaryExpr{Op: item, LHS: g.Expr, RHS: &parser.NumberLiteral{Val: limit}}, depth)
		if n, err = groupBy(n, err, g.Grouping); err != nil {
			return nil, err
		}
		if (g.Op == parser.MAX) != (op[0] == '>') { // then it is true of all of them
			return e.onAll(n)
		}
		return n, nil
	}
	return nil, errAggregate
}

// onAll makes a condition hold when it does on all series of a group.
func (e *expression) onAll(n *node) (*node, error) {
	if n.group != nil || n.op != "" {
		return nil, errAggregate
	}
	n.group = []any{"share", importer.Map(true, "above", importer.Text("99.9%"))}
	e.note("The rule wants all of a group: more than 99.9 % of its series, which is all of up to 1000.")
	return n, nil
}

// sumOfNone reads a sum, or mean, that is above 0 or not: of what is never negative it
// is above 0 when one of it is.
func (e *expression) sumOfNone(g *parser.AggregateExpr, op string, depth int) (*node, error) {
	item := map[string]parser.ItemType{">": parser.GTR, "<=": parser.LTE, "==": parser.EQLC}[op]
	n, err := e.compare(&parser.BinaryExpr{Op: item, LHS: g.Expr, RHS: &parser.NumberLiteral{}}, depth)
	if n, err = groupBy(n, err, g.Grouping); err != nil {
		return nil, err
	}
	if !neverNegative(g.Expr) {
		e.note("It takes for granted that no series is below 0: then the sum is above 0 when one of them is.")
	}
	if op == ">" {
		return n, nil
	}
	return e.onAll(n)
}

// neverNegative reports whether an expression is so by what it is.
func neverNegative(x parser.Expr) bool {
	switch x := bare(x).(type) {
	case *parser.NumberLiteral:
		return x.Val >= 0
	case *parser.Call:
		return slices.Contains([]string{"rate", "increase", "changes", "abs", "count_over_time"}, x.Func.Name)
	case *parser.BinaryExpr:
		return (x.Op == parser.ADD || x.Op == parser.MUL || x.Op == parser.DIV) && neverNegative(x.LHS) && neverNegative(x.RHS)
	}
	return false
}
