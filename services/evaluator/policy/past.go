package policy

import (
	"fmt"
	"math"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/internal/unit"
)

// Past compares a value with the same series' own past. The condition's kind
// says on which side of it the value has to be.
type Past struct {
	Form Form
	// Span is how far back.
	Span time.Duration
	// Per is the unit of a rate: the operand is by how much the value changes
	// in that time.
	Per time.Duration
	// By is how far from the past value, if Share as a part of it, 0.3 for 30 %,
	// else in the unit of the series.
	By    unit.Number
	Share bool
}

// Form is how the past is looked at.
type Form string

// The forms.
const (
	// Rate is the change per time since Span ago.
	Rate Form = "rate"
	// Jump is the distance from the lowest and the highest value within Span.
	Jump Form = "jump"
	// Ago is the distance from the value Span ago.
	Ago Form = "ago"
)

var (
	rateKeys = []string{"above", "below", "outside", "inside", "until", "over", "per"}
	jumpKeys = []string{"percent", "by", "within", "direction"}
	agoKeys  = []string{"of", "by"}
	pers     = map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
)

const leastSpan, mostSpan = 10 * time.Second, 15 * 24 * time.Hour

// rate reads {above: 5, over: 10m, per: minute}.
func (r *reader) rate(n *yaml.Node, c *Condition) {
	f := r.fields(n, "rate", rateKeys)
	c.Past = &Past{Form: Rate, Per: time.Second}
	if v := f["per"]; v != nil {
		var ok bool
		if c.Past.Per, ok = pers[r.text(v, "rate.per")]; !ok {
			r.fail(v, "rate.per: want second, minute, hour or day")
		}
	}
	for _, kind := range []string{"above", "below", "outside", "inside"} {
		switch v := f[kind]; {
		case v == nil:
		case c.Kind != "":
			r.fail(v, "rate: %s: there is %s already", kind, c.Kind)
		default:
			c.Kind = kind
			r.operand(v, c)
			if c.Other != nil || c.Past.Form != Rate {
				r.fail(v, "rate: %s: want a number", kind)
			}
		}
	}
	if c.Kind == "" {
		r.fail(n, "rate: how fast? want above, below, outside or inside: {above: 5, over: 10m}")
	}
	if v := f["over"]; v == nil {
		r.fail(n, "rate: no over: since when the change is measured: {above: 5, over: 10m}")
	} else {
		c.Past.Span = r.span(v, "rate.over")
	}
	if v := f["until"]; v != nil && c.Kind != "" {
		r.until(v, c)
	}
}

// jump reads {percent: 50, within: 5m, direction: up}.
func (r *reader) jump(n *yaml.Node, c *Condition) {
	f := r.fields(n, "jump", jumpKeys)
	c.Kind, c.Past = "outside", &Past{Form: Jump}
	switch percent, by := f["percent"], f["by"]; {
	case (percent == nil) == (by == nil):
		r.fail(n, "jump: want by how much, either percent or by: {percent: 50, within: 5m}")
	case by != nil:
		r.distance(by, "jump.by", c.Past)
	default:
		r.distance(percent, "jump.percent", c.Past)
		if c.Past.By.Unit == "" {
			c.Past.By, c.Past.Share = unit.Number{Value: c.Past.By.Value / 100}, true
		}
		if !c.Past.Share {
			r.fail(percent, "jump.percent: want a number of percent, such as 50")
		}
	}
	if v := f["within"]; v == nil {
		r.fail(n, "jump: no within: how suddenly: {percent: 50, within: 5m}")
	} else {
		c.Past.Span = r.span(v, "jump.within")
	}
	if v := f["direction"]; v != nil {
		switch r.text(v, "jump.direction") {
		case "up":
			c.Kind = "above"
		case "down":
			c.Kind = "below"
		case "both":
		default:
			r.fail(v, "jump.direction: want up, down or both")
		}
	}
}

// ago reads {of: 1d ago, by: 30%}.
func (r *reader) ago(n *yaml.Node, c *Condition) {
	f := r.fields(n, c.Kind, agoKeys)
	c.Past = &Past{Form: Ago}
	text, ok := strings.CutSuffix(strings.TrimSpace(f["of"].Value), "ago")
	if !ok || f["of"].Kind != yaml.ScalarNode {
		r.fail(f["of"], "%s: of %q: want a time ago, such as 1d ago", c.Kind, f["of"].Value)
		return
	}
	when := *f["of"]
	when.Value = strings.TrimSpace(text)
	c.Past.Span = r.span(&when, c.Kind+".of")
	if v := f["by"]; v != nil {
		r.distance(v, c.Kind+".by", c.Past)
	} else if c.Kind == "outside" || c.Kind == "inside" {
		r.fail(n, "%s: no by: how far from it: {of: 1d ago, by: 30%%}", c.Kind)
	}
}

// distance reads how far from a past value: 30% of it, or 50 ms.
func (r *reader) distance(n *yaml.Node, what string, p *Past) {
	x, err := unit.Parse(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || x.Value < 0 || math.IsInf(x.Value, 0) {
		r.fail(n, "%s: want a number from 0, or a share of it, such as 30%%", what)
		return
	}
	if p.By = x; x.Unit == "%" {
		p.By, p.Share = unit.Number{Value: x.Value / 100}, true
	}
}

func (r *reader) span(n *yaml.Node, what string) time.Duration {
	d := r.duration(n, what)
	if d != 0 && (d < leastSpan || d > mostSpan) {
		r.fail(n, "%s: want %s to %s", what, "10s", "15d")
	}
	return max(d, leastSpan)
}

// isAgo reports whether an operand compares with a time ago.
func isAgo(n *yaml.Node) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "of" {
			return true
		}
	}
	return false
}

// words of a condition on a series' past.
func (c *Condition) pastWords() string {
	p := c.Past
	by := p.By.Words()
	if p.Share {
		by = unit.Format(p.By.Value*100, "%")
	}
	switch p.Form {
	case Rate:
		number := make([]string, len(c.Operand))
		for i, x := range c.Operand {
			number[i] = x.Words()
		}
		per := map[time.Duration]string{time.Second: "second", time.Minute: "minute", time.Hour: "hour", 24 * time.Hour: "day"}[p.Per]
		return fmt.Sprintf("changing by %s %s a %s over %s", c.Kind, strings.Join(number, " to "), per, span(p.Span))
	case Jump:
		verb := map[string]string{"above": "up", "below": "down", "outside": "up or down"}[c.Kind]
		return fmt.Sprintf("%s by more than %s within %s", verb, by, span(p.Span))
	}
	if p.By.Value == 0 {
		return fmt.Sprintf("%s what it was %s ago", c.Kind, span(p.Span))
	}
	return fmt.Sprintf("%s what it was %s ago by more than %s", c.Kind, span(p.Span), by)
}
