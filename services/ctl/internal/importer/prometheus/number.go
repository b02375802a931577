package prometheus

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/parley-ops/parley/services/ctl/internal/importer"
)

// formula is a number as an expression of ours over one series.
type formula struct {
	e *expression
	// main is the metric whose series is judged, others stand beside it.
	main  string
	scope []match
	depth int
}

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
	return n, nil
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
			if n.group != nil {
				return nil, errAggregate
			}
			n.group = []any{"share", importer.Map(true, "above", importer.Text("99.9%"))}
			e.note("The rule wants all of a group: more than 99.9 % of its series, which is all of up to 1000.")
		}
		return n, nil
	}
	return nil, errAggregate
}

// number writes a number.
func (f *formula) number(x parser.Expr) (string, error) {
	switch x := x.(type) {
	case *parser.ParenExpr:
		s, err := f.number(x.Expr)
		return "(" + s + ")", err
	case *parser.NumberLiteral:
		if math.IsNaN(x.Val) || math.IsInf(x.Val, 0) {
			return "", errors.New("a number without end")
		}
		return format(x.Val), nil
	case *parser.UnaryExpr:
		s, err := f.number(x.Expr)
		return x.Op.String() + "(" + s + ")", err
	case *parser.BinaryExpr:
		op := map[parser.ItemType]string{parser.ADD: "+", parser.SUB: "-", parser.MUL: "*", parser.DIV: "/"}[x.Op]
		if op == "" {
			return "", fmt.Errorf("%s within a number", x.Op)
		}
		if !plainly(x) {
			return "", errors.New("it joins metrics by only some of their labels (on, ignoring, group_left); a policy sees those with equal labels")
		}
		l, err := f.number(x.LHS)
		if err != nil {
			return "", err
		}
		r, err := f.number(x.RHS)
		return "(" + l + " " + op + " " + r + ")", err
	case *parser.VectorSelector:
		return f.selector(x)
	case *parser.Call:
		return f.call(x)
	case *parser.AggregateExpr:
		return "", errAggregate
	}
	return "", fmt.Errorf("%s: no expression of ours has it", strings.Join(strings.Fields(x.String()), " "))
}

func (f *formula) selector(x *parser.VectorSelector) (string, error) {
	if x.Timestamp != nil || x.StartOrEnd != 0 || x.Anchored || x.Smoothed || x.OriginalOffsetExpr != nil || x.OriginalOffset < 0 {
		return "", errors.New("a selector with @ or an offset into the future")
	}
	if r := f.e.c.records[x.Name]; r != nil && x.OriginalOffset == 0 {
		if r.parsed == nil || f.depth >= 4 || len(x.LabelMatchers) > 1 || len(r.labels) > 0 {
			return "", fmt.Errorf("it looks at %s, which recording rules make in more than one way, or with labels of their own", x.Name)
		}
		f.e.uses[r], f.depth = true, f.depth+1
		s, err := f.number(r.parsed)
		f.depth--
		if err != nil {
			return "", fmt.Errorf("it looks at the recording rule %s: %w", x.Name, err)
		}
		f.e.note("The recording rule " + x.Name + " was put in.")
		return s, nil
	}
	m, err := matches(x)
	if err != nil {
		return "", err
	}
	f.scope = append(f.scope, m...)
	if strings.Contains(x.Name, ":") {
		f.e.note(x.Name + " comes of a recording rule that is not in these files: something has to send it.")
	}
	switch {
	case x.Name == f.main && x.OriginalOffset > 0:
		f.e.note("A time ago is the mean of a sixtieth of that time.")
		return "ago(" + strconv.Quote(span(x.OriginalOffset)) + ")", nil
	case x.Name == f.main:
		return "value", nil
	case x.OriginalOffset > 0:
		return "", errors.New("it looks at the past of a second metric; an expression knows its newest value only")
	}
	f.e.note("Of a second metric the newest value counts, also in between; while it is not known, what was stays.")
	return "metric(" + strconv.Quote(x.Name) + ")", nil
}

func (f *formula) call(x *parser.Call) (string, error) {
	arg := func(k int) (string, error) { return f.number(x.Args[k]) }
	switch name := x.Func.Name; {
	case slices.Contains([]string{"abs", "ceil", "floor", "round"}, name) && len(x.Args) == 1:
		s, err := arg(0)
		return name + "(" + s + ")", err
	case name == "clamp_min" || name == "clamp_max":
		a, err := arg(0)
		if err != nil {
			return "", err
		}
		b, err := arg(1)
		return map[string]string{"clamp_min": "max", "clamp_max": "min"}[name] + "(" + a + ", " + b + ")", err
	}
	var m *parser.MatrixSelector
	if len(x.Args) > 0 {
		m, _ = bare(x.Args[0]).(*parser.MatrixSelector)
	}
	way, ours := over[x.Func.Name]
	if m == nil || !ours || m.RangeExpr != nil {
		return "", fmt.Errorf("%s: no expression of ours has it", x.Func.Name)
	}
	s, ok := m.VectorSelector.(*parser.VectorSelector)
	switch {
	case !ok || s.Name == "" || s.OriginalOffset != 0 || f.e.c.records[s.Name] != nil:
		return "", fmt.Errorf("%s of something else than a metric", x.Func.Name)
	case s.Name != f.main:
		return "", errors.New("it looks at the past of two metrics; an expression knows the past of one")
	case m.Range < 10*time.Second || m.Range > 15*24*time.Hour:
		return "", fmt.Errorf("%s over %s: a policy looks back 10s to 15d", x.Func.Name, span(m.Range))
	}
	if _, err := f.selector(s); err != nil {
		return "", err
	}
	if way.note != "" {
		f.e.note(way.note)
	}
	text := way.name + "(" + strconv.Quote(span(m.Range)) + ")"
	switch {
	case x.Func.Name == "predict_linear":
		ahead, ok := literal(x.Args[1])
		if !ok {
			return "", errors.New("predict_linear: the time ahead is not a number")
		}
		return "(value + " + text + " * " + format(ahead) + ")", nil
	case way.whole:
		return "(" + text + " * " + format(m.Range.Seconds()) + ")", nil
	}
	return text, nil
}

const counterNote = "A rate is the change between two samples, the second nearest to that time ago; a counter that begins anew counts as a fall until that is past, and before so much is known nothing holds."

var over = map[string]struct {
	name, note string
	whole      bool
}{
	"avg_over_time": {name: "mean"}, "max_over_time": {name: "highest"}, "min_over_time": {name: "lowest"},
	"rate": {name: "rate", note: counterNote}, "increase": {name: "rate", note: counterNote, whole: true}, "delta": {name: "rate", note: counterNote, whole: true},
	"deriv":          {name: "rate", note: "deriv is the slope between the ends of the time here, not the line of least squares."},
	"predict_linear": {name: "rate", note: "predict_linear goes on by the slope between the ends of the time here, not by least squares. {forecast: …} learns daily and weekly growth, and is for what rises."},
}

// main returns the metric that is judged: the first with a past, else the first.
func main(x parser.Node) string {
	first := ""
	var look func(parser.Node) string
	look = func(n parser.Node) string {
		if m, ok := n.(*parser.MatrixSelector); ok {
			if s, ok := m.VectorSelector.(*parser.VectorSelector); ok {
				return s.Name
			}
		}
		if s, ok := n.(*parser.VectorSelector); ok && (first == "" || s.OriginalOffset > 0) {
			first = s.Name
		}
		for c := range parser.ChildrenIter(n) {
			if found := look(c); found != "" {
				return found
			}
		}
		return ""
	}
	if found := look(x); found != "" {
		return found
	}
	return first
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

func format(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
