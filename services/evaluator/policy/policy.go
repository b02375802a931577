package policy

import (
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/unit"
)

// Policy is one policy, complete and valid.
type Policy struct {
	Name        string
	Description string
	Severity    eventv1.Severity
	Enabled     bool
	Scope       label.Matchers
	// By are the labels that make a group; ByAll means all that a series has.
	By    []string
	ByAll bool
	When  Node
	// Conditions in the order in which they stand in the policy.
	Conditions   []Condition
	RecoverAfter time.Duration
	NoData       NoData
	Channels     []string
	Actions      []string
	// Automatic are those of the actions that run by themselves.
	Automatic []Automatic
	Labels    label.Set
	Summary   Template
	Runbook   string
	// Ask is whom to ask first; nil: nobody.
	Ask *Ask

	// Hash of what the policy tests: equal for two that differ in words only.
	Hash uint64
	// YAML is the policy alone, one element of `policies:`.
	YAML string
	// Line where it begins in its file.
	Line int
}

// Ask is a question to the owner of what an incident is about.
type Ask struct {
	// Owner names the owner: usually a label's value.
	Owner Template
	// Question is the policy's own words.
	Question Template
	Within   time.Duration
	// Otherwise is the action that is run when nobody answers; "" is none.
	Otherwise string
}

// NoData is what it means when data stop.
type NoData string

// The meanings.
const (
	Keep  NoData = "keep"
	Alert NoData = "alert"
	OK    NoData = "ok"
)

// Op is how a node of `when` combines.
type Op int

// The combinations. A Leaf is one condition.
const (
	Leaf Op = iota
	All
	Any
	AtLeast
)

// Node is one node of `when`.
type Node struct {
	Op Op
	// Count of AtLeast.
	Count    int
	Children []Node
	// Condition is a leaf's index in [Policy.Conditions].
	Condition int
}

// Holds reports whether the node does, given which conditions do.
func (n *Node) Holds(condition func(i int) bool) bool {
	if n.Op == Leaf {
		return condition(n.Condition)
	}
	holding := 0
	for i := range n.Children {
		if n.Children[i].Holds(condition) {
			holding++
		}
	}
	switch n.Op {
	case All:
		return holding == len(n.Children)
	case Any:
		return holding > 0
	}
	return holding >= n.Count
}

// Condition is one test on one metric.
type Condition struct {
	Metric string
	// Kind is the name of one of the kinds of package condition.
	Kind string
	// Operand is the number, or the two of a range.
	Operand []unit.Number
	// OrEqual: above and below hold at the number too.
	OrEqual bool
	// Other is what the value is compared with instead of a number.
	Other *Other
	// Past is what the value is compared with instead: its own past.
	Past *Past
	// Baseline is what it is compared with instead: what is expected.
	Baseline *Baseline
	// Rarity is how rare an anomaly is: one false alert in so many days.
	Rarity float64
	// Forecast is by when it has to reach the operand.
	Forecast *Forecast
	// Expr is a free expression.
	Expr *Expr
	// Event is what is wanted of events from outside.
	Event *Event
	// Silence is how long nothing comes, for kinds that are about that.
	Silence time.Duration
	// Datapoints, if set, are how many of the last ones have to hold.
	Datapoints *Datapoints
	// Count, if set, is on how many of a group's series it has to hold.
	Count *Count
	// Until is the recovery threshold, as many numbers as the operand.
	Until []unit.Number
	For   time.Duration
	// NoDataAfter is how long silence takes to count; 0: see package.
	NoDataAfter time.Duration
	Line        int
}

// Still reports whether the value is compared with numbers that stand still: not
// with another metric, its own past or what is expected.
func (c *Condition) Still() bool {
	return c.Other == nil && c.Past == nil && c.Baseline == nil && c.Forecast == nil && c.Expr == nil && c.Event == nil && c.Silence == 0
}

// Other is another metric of the same resource: value × Times + Plus.
type Other struct {
	Metric string
	Times  float64
	Plus   float64
}

// Combination returns how the conditions combine in words: "all", "any", "at
// least 2 of 3"; "" for a single condition.
func (p *Policy) Combination() string { return p.When.words(true) }
