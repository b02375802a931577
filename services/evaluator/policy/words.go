package policy

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/nearest"
	"github.com/parley-ops/parley/services/internal/unit"
)

func (n *Node) words(top bool) string {
	if n.Op == Leaf {
		if top {
			return ""
		}
		return strconv.Itoa(n.Condition + 1)
	}
	nested := false
	parts := make([]string, len(n.Children))
	for i := range n.Children {
		nested = nested || n.Children[i].Op != Leaf
		parts[i] = n.Children[i].words(false)
	}
	var word string
	switch n.Op {
	case All:
		word = "all"
	case Any:
		word = "any"
	default:
		word = fmt.Sprintf("at least %d of %d", n.Count, len(n.Children))
	}
	if top && !nested {
		return word
	}
	return word + " (" + strings.Join(parts, ", ") + ")"
}

// Text returns the condition in words: "above 800 ms for 5 min".
func (c *Condition) Text() string {
	var b strings.Builder
	switch {
	case c.Event != nil:
		b.WriteString(c.Event.words())
	case c.Past != nil:
		b.WriteString(c.pastWords())
	case c.Silence > 0:
		b.WriteString(silenceWords[c.Kind] + " " + span(c.Silence))
	default:
		b.WriteString(c.learnedWords())
	}
	switch {
	case c.Past != nil, c.Silence > 0, c.Forecast != nil:
	case c.Other != nil:
		b.WriteString(" ")
		if c.Other.Times != 1 {
			fmt.Fprintf(&b, "%g × ", c.Other.Times)
		}
		b.WriteString(c.Other.Metric)
		if c.Other.Plus != 0 {
			fmt.Fprintf(&b, " %+g", c.Other.Plus)
		}
	case len(c.Operand) == 1:
		b.WriteString(" " + c.Operand[0].Words())
	case len(c.Operand) == 2:
		b.WriteString(" " + c.Operand[0].Words() + " to " + c.Operand[1].Words())
	}
	if c.Datapoints != nil {
		b.WriteString(c.Datapoints.words())
	}
	switch {
	case c.For > 0 && c.Silence > 0:
		b.WriteString(", and that for " + span(c.For))
	case c.For > 0:
		b.WriteString(" for " + span(c.For))
	}
	if c.Count != nil {
		b.WriteString(c.Count.words())
	}
	return b.String()
}

// silenceWords say what the kinds are that are about samples that do not come.
var silenceWords = map[string]string{"absent": "nothing came for", "expires": "no sign of life for"}

// span returns d as people write it, with its seconds: "5 min", "2 min 30 s".
func span(d time.Duration) string {
	if d < 2*time.Minute || d%time.Minute == 0 {
		return unit.Duration(d)
	}
	return unit.Duration(d.Truncate(time.Minute)) + " " + unit.Duration(d%time.Minute)
}

// suggest returns " (did you mean x?)" when one of known is near to word.
func suggest(word string, known []string) string {
	if best := nearest.To(word, known); best != "" {
		return " (did you mean " + best + "?)"
	}
	return ""
}
