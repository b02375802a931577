package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"
	"go.yaml.in/yaml/v4"
)

// Expr is a free expression: true or false for each sample of the condition's
// metric, from the sample, its labels, the series' past and other metrics of the
// same resource. It reads no clock and has no loops, so that it always takes
// little time and says the same of the same.
type Expr struct {
	Text    string
	Program *vm.Program
	// Spans are how far back it looks, by their text.
	Spans map[string]time.Duration
	// Beside are how far back it looks at other metrics, by their name.
	Beside map[string]map[string]time.Duration
	// Metrics are the others that it names, sorted.
	Metrics []string
}

// Scope is what an expression may name.
type Scope struct {
	Value    float64 `expr:"value"`
	Previous float64 `expr:"previous"`
	// Time of the sample, in seconds since 1970.
	Time   float64           `expr:"time"`
	Labels map[string]string `expr:"labels"`
	// Of the last time that is named, "10m": the mean, the sum, the lowest and the
	// highest value, the one that long ago, the change in a second, and how often it
	// changed (several times within a sixtieth of it are one). A second text names
	// another metric of the same resource.
	Mean    func(span string, metric ...string) float64 `expr:"mean"`
	Total   func(span string, metric ...string) float64 `expr:"total"`
	Lowest  func(span string, metric ...string) float64 `expr:"lowest"`
	Highest func(span string, metric ...string) float64 `expr:"highest"`
	Ago     func(span string, metric ...string) float64 `expr:"ago"`
	Rate    func(span string, metric ...string) float64 `expr:"rate"`
	Changes func(span string, metric ...string) float64 `expr:"changes"`
	// Metric is the newest value of another metric of the same resource.
	Metric func(name string) float64 `expr:"metric"`
}

const (
	maxExpr      = 1000 // bytes
	maxExprNodes = 200
	maxSpans     = 8
)

var (
	spanFunctions = []string{"mean", "total", "lowest", "highest", "ago", "rate", "changes"}
	builtins      = []string{"abs", "ceil", "floor", "round", "min", "max"}
)

// expr reads and compiles an expression.
func (r *reader) expr(n *yaml.Node, c *Condition) {
	text := r.text(n, "expr")
	if len(text) > maxExpr {
		r.fail(n, "expr: %d bytes, at most %d", len(text), maxExpr)
		return
	}
	e, err := compileExpr(text)
	if err != nil {
		r.fail(n, "expr: %s", strings.Join(strings.Fields(err.Error()), " "))
		return
	}
	c.Expr = e
}

func compileExpr(text string) (*Expr, error) {
	e := &Expr{Text: text, Spans: map[string]time.Duration{}, Beside: map[string]map[string]time.Duration{}}
	names := &names{of: e}
	options := []expr.Option{expr.Env(Scope{}), expr.AsBool(), expr.MaxNodes(maxExprNodes), expr.DisableAllBuiltins(), expr.Patch(names)}
	for _, b := range builtins {
		options = append(options, expr.EnableBuiltin(b))
	}
	program, err := expr.Compile(text, options...)
	switch {
	case names.err != nil:
		return nil, names.err
	case err != nil:
		return nil, err
	case names.spans > maxSpans:
		return nil, fmt.Errorf("looks back in %d ways, at most %d", names.spans, maxSpans)
	}
	e.Program = program
	slices.Sort(e.Metrics)
	e.Metrics = slices.Compact(e.Metrics)
	return e, nil
}

// names finds what an expression looks at, and what it must not do.
type names struct {
	of    *Expr
	spans int
	err   error
}

// Visit is called for every part.
func (v *names) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.BinaryNode:
		if n.Operator == ".." {
			v.fail(errors.New("ranges are not allowed"))
		}
	case *ast.BuiltinNode:
		if !slices.Contains(builtins, n.Name) {
			v.fail(fmt.Errorf("%s is not allowed: there are %s, %s and metric", n.Name, strings.Join(builtins, ", "), strings.Join(spanFunctions, ", ")))
		}
	case *ast.PredicateNode:
		v.fail(errors.New("loops are not allowed"))
	case *ast.CallNode:
		callee, ok := n.Callee.(*ast.IdentifierNode)
		if !ok {
			return
		}
		if name := callee.Value; name == "metric" && len(n.Arguments) == 1 {
			v.metric(name, n.Arguments[0])
		} else if slices.Contains(spanFunctions, name) && len(n.Arguments) > 0 {
			v.span(name, n.Arguments)
		}
	}
}

// metric notes a metric that is named, and returns it; "" if it is none.
func (v *names) metric(what string, node ast.Node) string {
	text, ok := node.(*ast.StringNode)
	switch {
	case !ok:
		v.fail(fmt.Errorf("%s: want the metric as a text, such as \"requests.rate\"", what))
	case !metricForm.MatchString(text.Value):
		v.fail(fmt.Errorf("metric %q: want letters, digits and . _ : / -", text.Value))
	default:
		v.of.Metrics = append(v.of.Metrics, text.Value)
		return text.Value
	}
	return ""
}

// span notes how far back is looked, at the metric itself or another one.
func (v *names) span(name string, arguments []ast.Node) {
	text, ok := arguments[0].(*ast.StringNode)
	if !ok || len(arguments) > 2 {
		v.fail(fmt.Errorf("%s: want a text, such as %s(\"10m\"), or with another metric %s(\"10m\", \"requests.rate\")", name, name, name))
		return
	}
	r := &reader{}
	d := r.span(&yaml.Node{Kind: yaml.ScalarNode, Value: text.Value}, name)
	if len(r.problems) > 0 || text.Value == "0" {
		v.fail(fmt.Errorf("%s(%q): want a time from 10s to 15d", name, text.Value))
		return
	}
	spans := v.of.Spans
	if len(arguments) == 2 {
		metric := v.metric(name, arguments[1])
		if v.of.Beside[metric] == nil {
			v.of.Beside[metric] = map[string]time.Duration{}
		}
		spans = v.of.Beside[metric]
	}
	if _, known := spans[text.Value]; !known {
		v.spans++
	}
	spans[text.Value] = d
}

func (v *names) fail(err error) {
	if v.err == nil {
		v.err = err
	}
}

// Others returns the metrics that the condition looks at beside its own.
func (c *Condition) Others() []string {
	switch {
	case c.Other != nil:
		return []string{c.Other.Metric}
	case c.Expr != nil:
		return c.Expr.Metrics
	case c.Baseline != nil:
		return c.Baseline.Given
	}
	return nil
}
