package prometheus

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/ctl/internal/importer"
	"github.com/parley-ops/parley/services/internal/config"
)

// expression is what is found out about a rule's expression.
type expression struct {
	c     *converter
	uses  map[*rule]bool
	notes []string
}

func (e *expression) note(text string) {
	if !slices.Contains(e.notes, text) {
		e.notes = append(e.notes, text)
	}
}

// match is one test on a label, op as in policies.
type match struct{ label, op, value string }

// node is a part of `when`.
type node struct {
	op       string // all, any; "" for a condition
	children []*node
	scope    []match
	by       *[]string
	// metric and pairs are the condition's keys, text the same as an expression,
	// "" if there is none.
	metric string
	pairs  []any
	text   string
	// group are count or share.
	group []any
	// absent: it is about series that are not there.
	absent bool
}

// yaml writes the node; scope is what the policy says of labels already.
func (n *node) yaml(wait time.Duration, scope []match) (*yaml.Node, error) {
	if n.op != "" {
		list := importer.List(false)
		for _, child := range n.children {
			y, err := child.yaml(wait, scope)
			if err != nil {
				return nil, err
			}
			list.Content = append(list.Content, y)
		}
		return importer.Map(false, n.op, list), nil
	}
	y := importer.Map(true, "metric", n.metric)
	var more []string
	for _, m := range n.scope {
		if !slices.Contains(scope, m) {
			more = append(more, m.text())
		}
	}
	switch {
	case len(more) > 0 && (n.text == "" || n.group != nil):
		return nil, errors.New("its sides look at series with other labels, and a policy has one scope")
	case len(more) > 0:
		importer.Add(y, "expr", strings.Join(append(more, "("+n.text+")"), " && "))
	default:
		importer.Add(y, n.pairs...)
	}
	if wait > 0 {
		importer.Add(y, "for", config.Span(wait).String())
	}
	return importer.Add(y, n.group...), nil
}

func (m match) text() string {
	at := "labels[" + strconv.Quote(m.label) + "]"
	switch m.op {
	case "=":
		return at + " == " + strconv.Quote(m.value)
	case "!":
		return at + " != " + strconv.Quote(m.value)
	case "~":
		return at + " matches " + strconv.Quote("^(?:"+m.value+")$")
	}
	return "not (" + at + " matches " + strconv.Quote("^(?:"+m.value+")$") + ")"
}

// condition reads what is true or not.
func (e *expression) condition(x parser.Expr, depth int) (*node, error) {
	switch x := x.(type) {
	case *parser.ParenExpr:
		return e.condition(x.Expr, depth)
	case *parser.BinaryExpr:
		switch {
		case x.Op == parser.LAND || x.Op == parser.LOR:
			return e.join(x, depth)
		case x.Op == parser.LUNLESS:
			return nil, errors.New("`unless`: a policy cannot say what must not be; a dependency of the routes can")
		case x.Op.IsComparisonOperator() && !x.ReturnBool:
			return e.compare(x, depth)
		}
	case *parser.AggregateExpr:
		if x.Param == nil && !x.Without { // there is a result when one series has one
			n, err := e.condition(x.Expr, depth)
			if x.Op != parser.MAX && x.Op != parser.MIN && x.Op != parser.GROUP && errors.Is(err, errNoComparison) {
				err = errAggregate
			}
			return groupBy(n, err, x.Grouping)
		}
	case *parser.Call:
		if x.Func.Name == "absent" || x.Func.Name == "absent_over_time" {
			return e.absent(x)
		}
	case *parser.VectorSelector:
		if r := e.c.records[x.Name]; r != nil && r.parsed != nil && depth < 4 && len(x.LabelMatchers) == 1 && len(r.labels) == 0 {
			e.uses[r] = true
			return e.condition(r.parsed, depth+1)
		}
	}
	if aggregates(x) {
		return nil, errAggregate
	}
	return nil, errNoComparison
}

var (
	errNoComparison = errors.New("it has no comparison that a policy could make: it fires whenever there is a result")
	errAggregate    = errors.New("it adds up, averages or counts several series; a policy judges each series by itself (count and share of those that hold, and sums above 0, can be said): send the result of a recording rule, and write the alert on that")
)

// join reads `and` and `or`.
func (e *expression) join(x *parser.BinaryExpr, depth int) (*node, error) {
	a, err := e.condition(x.LHS, depth)
	if err != nil {
		return nil, err
	}
	b, err := e.condition(x.RHS, depth)
	if err != nil {
		return nil, err
	}
	n := &node{op: "all", children: []*node{a, b}, by: a.by}
	if x.Op == parser.LOR {
		n.op = "any"
		if a.absent != b.absent && a.by == nil != (b.by == nil) { // one of them is about no series at all
			n.by, a.by, b.by = &[]string{}, nil, nil
			e.note("One incident for all of it: where Prometheus has one for each series.")
		}
	}
	vm := x.VectorMatching
	plain := vm == nil || !vm.On && len(vm.MatchingLabels) == 0
	switch {
	case plain && sameBy(a.by, b.by):
	case !plain && vm.On && x.Op == parser.LAND && a.by == nil && b.by == nil:
		by := append([]string{}, vm.MatchingLabels...)
		n.by = &by
		e.note("One incident for each " + strings.Join(append(by, "team"), ", ") + ": where Prometheus has one for each series of the left side.")
	default:
		return nil, errors.New("its sides are matched by only some of their labels (on, ignoring) in a way that a policy cannot say")
	}
	if plain && n.op == "all" && n.by == nil {
		return allOf(a, b)
	}
	for _, m := range a.scope {
		if slices.Contains(b.scope, m) {
			n.scope = append(n.scope, m)
		}
	}
	n.scope, err = distinct(n.scope)
	return n, err
}

// allOf joins conditions on series of equal labels: what is asked of the labels of
// one is asked of all.
func allOf(list ...*node) (n *node, err error) {
	n = &node{op: "all", children: list}
	for _, c := range list {
		n.scope = append(n.scope, c.scope...)
	}
	if n.scope, err = distinct(n.scope); err == nil {
		n.scopeAll(n.scope)
	}
	return n, err
}

func (n *node) scopeAll(s []match) {
	n.scope = s
	for _, c := range n.children {
		c.scopeAll(s)
	}
}

// distinct leaves out what is there twice; a policy says one thing of a label.
func distinct(in []match) (out []match, err error) {
	for _, m := range in {
		i := slices.IndexFunc(out, func(o match) bool { return o.label == m.label })
		switch {
		case i < 0:
			out = append(out, m)
		case out[i] != m:
			err = fmt.Errorf("two tests on label %s: a policy's scope has one", m.label)
		}
	}
	return out, err
}

func matches(x *parser.VectorSelector) ([]match, error) {
	var out []match
	for _, m := range x.LabelMatchers {
		if m.Name == labels.MetricName {
			if m.Type != labels.MatchEqual {
				return nil, errors.New("the metric's name is a pattern; a policy names its metrics")
			}
			continue
		}
		out = append(out, match{m.Name, map[labels.MatchType]string{labels.MatchEqual: "=", labels.MatchNotEqual: "!", labels.MatchRegexp: "~", labels.MatchNotRegexp: "!~"}[m.Type], m.Value})
	}
	return distinct(out)
}

func aggregates(x parser.Node) bool {
	if _, ok := x.(*parser.AggregateExpr); ok {
		return true
	}
	for c := range parser.ChildrenIter(x) {
		if aggregates(c) {
			return true
		}
	}
	return false
}
