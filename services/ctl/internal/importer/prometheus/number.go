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

	"github.com/parley-ops/parley/services/internal/config"
)

// formula is a number as an expression of ours over one series.
type formula struct {
	e *expression
	// main is the metric whose series is judged, others stand beside it.
	main  string
	scope []match
	depth int
	// filters are comparisons within the number: it is only known where they hold.
	filters []*node
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
		if kept, err := f.filter(x); kept != nil || err != nil {
			if err != nil {
				return "", err
			}
			return f.number(kept)
		}
		op := map[parser.ItemType]string{parser.ADD: "+", parser.SUB: "-", parser.MUL: "*", parser.DIV: "/", parser.POW: "**"}[x.Op]
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
	case x.OriginalOffset > 0:
		f.e.note("A time ago is the mean of a sixtieth of that time.")
		return "ago(" + strconv.Quote(config.Span(x.OriginalOffset).String()) + f.beside(x.Name) + ")", nil
	case x.Name == f.main:
		return "value", nil
	}
	f.e.note("Of a second metric the newest value counts, also in between; while it is not known, what was stays.")
	return "metric(" + strconv.Quote(x.Name) + ")", nil
}

// beside returns what names a metric whose past is looked at, "" for the one that is
// judged.
func (f *formula) beside(name string) string {
	if name == f.main {
		return ""
	}
	return ", " + strconv.Quote(name)
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
	if x.Func.Name == "histogram_quantile" {
		return "", errors.New("histogram_quantile: buckets are not put together here; send the percentile as a metric of its own, by a recording rule for one, and write the alert on that")
	}
	if x.Func.Name == "time" {
		f.e.note("time() is the time of the newest sample.")
		return "time", nil
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
	case m.Range < 10*time.Second || m.Range > 15*24*time.Hour:
		return "", fmt.Errorf("%s over %s: a policy looks back 10s to 15d", x.Func.Name, config.Span(m.Range))
	}
	value, err := f.selector(s)
	if err != nil || x.Func.Name == "last_over_time" {
		return value, err
	}
	if way.note != "" {
		f.e.note(way.note)
	}
	text := way.name + "(" + strconv.Quote(config.Span(m.Range).String()) + f.beside(s.Name) + ")"
	switch {
	case x.Func.Name == "predict_linear":
		ahead, ok := literal(x.Args[1])
		if !ok {
			return "", errors.New("predict_linear: the time ahead is not a number")
		}
		return "(" + value + " + " + text + " * " + format(ahead) + ")", nil
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
	"sum_over_time": {name: "total"}, "changes": {name: "changes", note: "Several changes within a sixtieth of the time count as one."}, "last_over_time": {},
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

func format(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
