package propose

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/config"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/internal/yamlfile"
)

// variant is a policy with one change.
type variant struct {
	policy policy.Policy
	// words say what changed; size orders changes, the smallest first.
	words string
	size  float64
	// off: the change is to turn it off.
	off bool
}

var (
	// holds are for how long conditions are tried to hold, recoveries how long they
	// do not hold until an incident is over.
	holds      = []time.Duration{2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour}
	recoveries = []time.Duration{5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour}
	// steps are by what part thresholds and tolerances are moved away.
	steps = []float64{0.05, 0.1, 0.2, 0.3, 0.5, 1}
	// sigmas are tried in place of the learned band, which is about 2.6.
	sigmas = []float64{3, 4, 6}
)

// variants returns the changes of a policy that are tried, the smallest first.
func variants(p policy.Policy) []variant {
	e := editor{p: p}
	for _, d := range holds {
		e.hold(d)
	}
	for i := range p.Conditions {
		e.further(i)
	}
	for _, d := range recoveries {
		if d > p.RecoverAfter {
			e.try(fmt.Sprintf("recover after %s instead of %s", unit.Duration(d), unit.Duration(p.RecoverAfter)), 0.1+0.1*doublings(p.RecoverAfter, d), func(n *yaml.Node, _ []*yaml.Node) {
				r := yamlfile.Value(n, "recover")
				if r == nil || r.Kind != yaml.MappingNode {
					r = &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
					set(n, "recover", r)
				}
				set(r, "after", scalar(config.Span(d).String()))
			})
		}
	}
	e.try("turn it off", math.Inf(1), func(n *yaml.Node, _ []*yaml.Node) { set(n, "enabled", scalar("false")) })
	if n := len(e.out); n > 0 && math.IsInf(e.out[n-1].size, 1) {
		e.out[n-1].off = true
	}
	slices.SortStableFunc(e.out, func(a, b variant) int { return cmp.Compare(a.size, b.size) })
	return e.out
}

// editor makes variants of one policy.
type editor struct {
	p   policy.Policy
	out []variant
}

// try adds a variant, unless what the edit makes is no policy. The edit gets the
// policy's node and those of its conditions.
func (e *editor) try(words string, size float64, edit func(n *yaml.Node, conditions []*yaml.Node)) {
	var doc yaml.Node
	if yaml.Unmarshal([]byte(e.p.YAML), &doc) != nil || len(doc.Content) == 0 {
		return
	}
	n := doc.Content[0]
	leaves := conditions(yamlfile.Value(n, "when"))
	if len(leaves) != len(e.p.Conditions) {
		return
	}
	edit(n, leaves)
	text, err := yamlfile.Text(n)
	if err != nil {
		return
	}
	p, problems := policy.ParseOne(e.p.Name, text)
	if len(problems) == 0 && p.Hash != e.p.Hash {
		e.out = append(e.out, variant{policy: p, words: words, size: size})
	}
}

// conditions returns the nodes of a policy's conditions, in the order of
// [policy.Policy.Conditions].
func conditions(when *yaml.Node) []*yaml.Node {
	if when == nil || when.Kind != yaml.MappingNode {
		return nil
	}
	list := yamlfile.Value(when, "all")
	if list == nil {
		list = yamlfile.Value(when, "any")
	}
	if l := yamlfile.Value(when, "at_least"); l != nil {
		list = yamlfile.Value(l, "of")
	}
	if list == nil {
		return []*yaml.Node{when}
	}
	var out []*yaml.Node
	for _, n := range list.Content {
		out = append(out, conditions(n)...)
	}
	return out
}

// hold lets every condition hold for as long at least.
func (e *editor) hold(d time.Duration) {
	var shortest time.Duration = -1
	for _, c := range e.p.Conditions {
		if c.For < d && c.Silence == 0 && (shortest < 0 || c.For < shortest) {
			shortest = c.For
		}
	}
	if shortest < 0 {
		return
	}
	before := "at once"
	if shortest > 0 {
		before = unit.Duration(shortest)
	}
	e.try(fmt.Sprintf("hold for %s instead of %s", unit.Duration(d), before), 0.05+0.1*doublings(shortest, d), func(_ *yaml.Node, leaves []*yaml.Node) {
		for i, c := range e.p.Conditions {
			if c.For < d && c.Silence == 0 {
				set(leaves[i], "for", scalar(config.Span(d).String()))
			}
		}
	})
}

// further moves what a condition compares with away from what is usual.
func (e *editor) further(i int) {
	c := &e.p.Conditions[i]
	switch {
	case c.Still() && (c.Kind == "above" || c.Kind == "below") && len(c.Operand) == 1 && c.Operand[0].Value != 0:
		e.threshold(i, c)
	case c.Kind == "anomaly" && c.Rarity < 180:
		e.try(c.Metric+" unusual as a false alert is once in 180 days instead of "+strconv.FormatFloat(c.Rarity, 'g', 3, 64), 0.3, func(_ *yaml.Node, leaves []*yaml.Node) {
			set(leaves[i], "anomaly", scalar("critical"))
		})
	case c.Baseline != nil && c.Kind != "anomaly":
		e.tolerance(i, c)
	}
}

// threshold moves a number up or down.
func (e *editor) threshold(i int, c *policy.Condition) {
	old := c.Operand[0]
	for _, s := range steps {
		sign := 1.0
		if c.Kind == "below" == (old.Value > 0) {
			sign = -1
		}
		if s == 1 && sign < 0 {
			continue // nothing is below 0
		}
		v := round(old.Value * (1 + sign*s))
		if full, share := unit.Of(old.Unit).Full(); share && old.Unit != "" && v >= full {
			continue // a share of more than all never comes
		}
		to := number(v, old)
		e.try(fmt.Sprintf("%s %s %s instead of %s", c.Metric, c.Kind, to.Words(), old.Words()), s, func(_ *yaml.Node, leaves []*yaml.Node) {
			n := yamlfile.Value(leaves[i], c.Kind)
			if n.Kind == yaml.ScalarNode {
				set(leaves[i], c.Kind, scalar(to.Text))
			}
		})
	}
}

// number is a value in the unit in which another is written.
func number(v float64, like unit.Number) unit.Number {
	n := unit.Number{Value: v, Unit: like.Unit}
	n.Text = strconv.FormatFloat(v, 'f', -1, 64) + like.Unit
	return n
}

// tolerance widens the distance from what is expected.
func (e *editor) tolerance(i int, c *policy.Condition) {
	b := c.Baseline
	widen := func(text, words string, size float64) {
		e.try(c.Metric+" "+c.Kind+" the baseline by more than "+words, size, func(_ *yaml.Node, leaves []*yaml.Node) {
			set(leaves[i], "tolerance", scalar(text))
		})
	}
	switch b.Way {
	case policy.Band:
		for k, s := range sigmas {
			widen(fmt.Sprintf("%g sigma", s), fmt.Sprintf("%g deviations instead of the band", s), 0.1*float64(k+1))
		}
	case policy.Sigma:
		for _, s := range steps[2:] {
			v := round(b.By.Value * (1 + s))
			widen(fmt.Sprintf("%g sigma", v), fmt.Sprintf("%g deviations instead of %g", v, b.By.Value), s)
		}
	case policy.Part:
		for _, s := range steps[2:] {
			v := round(100 * b.By.Value * (1 + s))
			widen(fmt.Sprintf("%g%%", v), fmt.Sprintf("%s instead of %s", unit.Format(v, "%"), unit.Format(100*b.By.Value, "%")), s)
		}
	case policy.Number:
		for _, s := range steps[2:] {
			to := number(round(b.By.Value*(1+s)), b.By)
			widen(to.Text, to.Words()+" instead of "+b.By.Words(), s)
		}
	}
}

// doublings is how often the one time has to be doubled to be the other.
func doublings(from, to time.Duration) float64 {
	return math.Log2(float64(to) / float64(max(from, time.Minute)))
}

// round gives a number three digits, as people write it.
func round(v float64) float64 {
	out, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	if err != nil {
		return v
	}
	return out
}

func scalar(text string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: text} }

// set puts a value at a key of a mapping; the comments at the old one stay.
func set(n *yaml.Node, key string, to *yaml.Node) {
	if old := yamlfile.Value(n, key); old != nil {
		to.HeadComment, to.LineComment, to.FootComment = old.HeadComment, old.LineComment, old.FootComment
		*old = *to
		return
	}
	n.Content = append(n.Content, scalar(key), to)
}
