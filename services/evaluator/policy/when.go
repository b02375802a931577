package policy

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/evaluator/internal/condition"
	"github.com/parley-ops/parley/services/internal/unit"
)

const maxConditions = 32

// kinds of conditions by name, and their names.
var (
	kinds     = condition.Kinds()
	kindNames = slices.Sorted(maps.Keys(kinds))
	// forms are what may stand in a kind's place, each with a mapping of its own.
	forms = []string{"rate", "jump"}
	// tests are all that may be said of a metric.
	tests = slices.Sorted(slices.Values(slices.Concat(kindNames, forms)))
	// conditionKeys are a condition's keys beside its test's.
	conditionKeys = []string{"metric", "for", "until", "no_data_after", "datapoints", "count", "share", "tolerance", "zone", "given", "or_equal", "level", "matches", "lasts"}
)

// when reads a node: all, any, at_least, or a condition.
func (r *reader) when(n *yaml.Node, p *Policy, depth int) Node {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "when: want {all: [...]}, {any: [...]}, {at_least: {count: 2, of: [...]}} or a condition such as {metric: cpu, above: 80}")
		return Node{}
	}
	if depth > 8 {
		r.fail(n, "when: nested more than 8 deep")
		return Node{}
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		switch key, value := n.Content[i], n.Content[i+1]; key.Value {
		case "all", "any", "at_least":
			if len(n.Content) > 2 {
				r.fail(n.Content[(i+2)%len(n.Content)], "%s stands alone: put what else has to hold into its list", key.Value)
			}
			node := Node{Op: map[string]Op{"all": All, "any": Any, "at_least": AtLeast}[key.Value]}
			if key.Value == "at_least" {
				node.Children = r.atLeast(value, &node, p, depth)
			} else {
				node.Children = r.children(value, key.Value, p, depth)
			}
			return node
		}
	}
	p.Conditions = append(p.Conditions, r.condition(n))
	return Node{Op: Leaf, Condition: len(p.Conditions) - 1}
}

func (r *reader) children(n *yaml.Node, what string, p *Policy, depth int) []Node {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		r.fail(n, "%s: want a list of conditions", what)
		return nil
	}
	out := make([]Node, 0, len(n.Content))
	for _, c := range n.Content {
		out = append(out, r.when(c, p, depth+1))
	}
	return out
}

func (r *reader) atLeast(n *yaml.Node, node *Node, p *Policy, depth int) []Node {
	f := r.fields(n, "at_least", []string{"count", "of"})
	if f["of"] == nil || f["count"] == nil {
		r.fail(n, "at_least: want {count: 2, of: [...]}")
		return nil
	}
	out := r.children(f["of"], "of", p, depth)
	count, err := strconv.Atoi(f["count"].Value)
	if err != nil || count < 1 || count > len(out) {
		r.fail(f["count"], "count: want a number from 1 to %d, the length of the list", len(out))
	}
	node.Count = count
	return out
}

func (r *reader) condition(n *yaml.Node) Condition {
	f := r.fields(n, "a condition", append(slices.Clone(conditionKeys), tests...))
	c := Condition{Line: n.Line}
	r.event(f, &c)
	if v := f["metric"]; c.Event != nil {
	} else if v == nil {
		r.fail(n, "no metric in the condition")
	} else if c.Metric = r.text(v, "metric"); !metricForm.MatchString(c.Metric) {
		r.fail(v, "metric %q: want letters, digits and . _ : / -, beginning with a letter, up to 200", c.Metric)
	}
	r.test(n, f, &c)
	r.baseline(f, &c)
	if v := f["or_equal"]; v != nil {
		r.orEqual(v, &c)
	}
	if v := f["for"]; v != nil {
		c.For = r.duration(v, "for")
	}
	if v := f["no_data_after"]; v != nil {
		c.NoDataAfter = r.duration(v, "no_data_after")
	}
	if v := f["until"]; v != nil && c.Kind != "" && c.Event == nil {
		r.until(v, &c)
	}
	if v := f["datapoints"]; v != nil {
		c.Datapoints = r.datapoints(v, &c)
	}
	for _, what := range []string{"count", "share"} {
		v := f[what]
		switch {
		case v == nil:
		case c.Count != nil:
			r.fail(v, "share: the condition has count already")
		default:
			c.Count = r.count(v, what)
		}
	}
	return c
}

// test reads the one of a condition's keys that says what is tested.
func (r *reader) test(n *yaml.Node, f map[string]*yaml.Node, c *Condition) {
	found := ""
	for _, name := range tests {
		v := f[name]
		if v == nil {
			continue
		}
		if found != "" {
			r.fail(v, "%s: the condition has %s already; join two with all or any", name, found)
			continue
		}
		switch found = name; name {
		case "rate":
			r.rate(v, c)
		case "jump":
			r.jump(v, c)
		default:
			c.Kind = name
			r.operand(v, c)
		}
	}
	if found == "" {
		r.fail(n, "what about the metric? want one of %s", strings.Join(tests, ", "))
	}
}

// orEqual reads `or_equal: true`.
func (r *reader) orEqual(n *yaml.Node, c *Condition) {
	switch {
	case c.Kind != "above" && c.Kind != "below" || c.Past != nil || c.Baseline != nil:
		r.fail(n, "or_equal: only beside above or below a number or another metric")
	case n.Value != "true" && n.Value != "false":
		r.fail(n, "or_equal: want true or false, not %q", n.Value)
	default:
		c.OrEqual = n.Value == "true"
	}
}

// operand reads what stands behind the kind.
func (r *reader) operand(n *yaml.Node, c *Condition) {
	k := kinds[c.Kind]
	if n.Kind == yaml.ScalarNode && n.Value == "baseline" && k.Ordered {
		c.Baseline = &Baseline{Way: Band}
		return
	}
	switch k.Operand {
	case condition.Flag:
		if n.Value != "true" {
			r.fail(n, "%s: want `%s: true`", c.Kind, c.Kind)
		}
	case condition.Own:
		r.own(n, c)
		return
	case condition.Span:
		if c.Silence = r.duration(n, c.Kind); c.Silence < time.Second {
			r.fail(n, "%s: want how long nothing comes, 1s at least: %s: 10m", c.Kind, c.Kind)
		}
		return
	case condition.Range:
		if n.Kind == yaml.MappingNode && isAgo(n) {
			r.ago(n, c)
			return
		}
		c.Operand = r.numbers(n, c.Kind, 2)
	default:
		if n.Kind == yaml.MappingNode && isAgo(n) && k.Ordered {
			r.ago(n, c)
			return
		}
		if n.Kind == yaml.MappingNode {
			c.Other = r.other(n)
			return
		}
		c.Operand = r.numbers(n, c.Kind, 1)
	}
	r.check(n, c)
}

// own reads what only one kind has.
func (r *reader) own(n *yaml.Node, c *Condition) {
	switch c.Kind {
	case "anomaly":
		r.anomaly(n, c)
	case "forecast":
		r.forecast(n, c)
	case "expr":
		r.expr(n, c)
	case "event": // read with what is beside it
	}
}

// check lets the kind look at the numbers as they stand.
func (r *reader) check(n *yaml.Node, c *Condition) {
	if c.Other != nil || c.Past != nil && c.Operand == nil || kinds[c.Kind].Operand != condition.Flag && c.Operand == nil {
		return
	}
	p := c.Params("")
	if err := kinds[c.Kind].Check(&p); err != nil {
		r.fail(n, "%s: %v", c.Kind, err)
	}
}

func (r *reader) until(n *yaml.Node, c *Condition) {
	k := kinds[c.Kind]
	switch {
	case !k.Ordered:
		r.fail(n, "until: %s has no recovery threshold", c.Kind)
		return
	case c.Other != nil:
		r.fail(n, "until: not beside another metric; use recover.after")
		return
	case (c.Past != nil || c.Baseline != nil) && c.Operand == nil:
		r.fail(n, "until: not beside a comparison with the past; use recover.after")
		return
	case c.Until != nil:
		r.fail(n, "until: the rate has one already")
		return
	}
	if c.Until = r.numbers(n, "until", len(c.Operand)); c.Until != nil {
		r.check(n, c)
	}
}

// numbers reads one number, or a range of two.
func (r *reader) numbers(n *yaml.Node, what string, count int) []unit.Number {
	items := []*yaml.Node{n}
	if count == 2 {
		if n.Kind != yaml.SequenceNode || len(n.Content) != 2 {
			r.fail(n, "%s: want two numbers: [10, 90]", what)
			return nil
		}
		items = n.Content
	}
	out := make([]unit.Number, 0, count)
	for _, item := range items {
		if item.Kind != yaml.ScalarNode {
			r.fail(item, "%s: want a number, perhaps with a unit, or {metric: other, times: 1.5, plus: 0}", what)
			return nil
		}
		x, err := unit.Parse(item.Value)
		if err != nil {
			r.fail(item, "%s: %v", what, err)
			return nil
		}
		out = append(out, x)
	}
	return out
}

func (r *reader) other(n *yaml.Node) *Other {
	f := r.fields(n, "the other metric", []string{"metric", "times", "plus"})
	o := &Other{Times: 1}
	if v := f["metric"]; v == nil {
		r.fail(n, "no metric to compare with: {metric: other, times: 1.5, plus: 0}")
	} else if o.Metric = r.text(v, "metric"); !metricForm.MatchString(o.Metric) {
		r.fail(v, "metric %q: want letters, digits and . _ : / -, beginning with a letter, up to 200", o.Metric)
	}
	for key, to := range map[string]*float64{"times": &o.Times, "plus": &o.Plus} {
		if v := f[key]; v != nil {
			x, err := unit.Parse(v.Value)
			if err != nil || x.Unit != "" {
				r.fail(v, "%s: want a number", key)
			}
			*to = x.Value
		}
	}
	return o
}

// Params returns the condition's numbers in the unit of a series.
func (c *Condition) Params(series string) condition.Params {
	p := condition.Params{OrEqual: c.OrEqual}
	if c.Silence > 0 {
		p.At = float64(c.Silence.Milliseconds())
	}
	if len(c.Operand) > 0 {
		p.At = c.Operand[0].In(series)
		p.To = c.Operand[len(c.Operand)-1].In(series)
	}
	if len(c.Until) > 0 {
		p.HasUntil = true
		p.Until = c.Until[0].In(series)
		p.UntilTo = c.Until[len(c.Until)-1].In(series)
	}
	return p
}
