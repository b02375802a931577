package command

import (
	"strings"
	"time"
)

// Query tells recent values of a metric.
var Query = Verb{Name: "query", Group: See, Usage: "query <metric> [label=value …] [1h]", Short: "recent values of a metric",
	Long:     "Newest, lowest and highest value of each series with a small graph.",
	Examples: []string{"query latency.p99 service=checkout", "query disk.used_percent host=~db-.* 6h"}, Parse: parseQuery}

// Graph shows a metric.
var Graph = Verb{Name: "graph", Group: See, Usage: "graph <metric> [label=value …] [6h] [vs 1w]", Short: "a picture of a metric over time",
	Long:     "The newest values come at once, the picture follows. With vs the time before is drawn beside it, as far as history goes back.",
	Examples: []string{"graph latency.p99", "graph latency.p99 service=checkout 6h vs 1w", "share graph orders.pending vs 1d"}, Parse: parseQuery}

// longest is how far back a picture may go, and what it may be compared with.
const longest = 90 * 24 * time.Hour

// parseQuery reads: <metric> [matchers] [duration], and of graph [vs duration].
func parseQuery(c *Command, args []string) error {
	if len(args) == 0 || strings.Contains(args[0], "=") {
		return missing("which metric?")
	}
	graph := c.Name == "graph"
	c.Metric, c.Duration = args[0], time.Hour
	for i := 1; i < len(args); i++ {
		a := args[i]
		if strings.Contains(a, "=") {
			if err := c.matcher(a); err != nil {
				return err
			}
			continue
		}
		before := graph && strings.EqualFold(a, "vs")
		if before {
			if i++; i == len(args) {
				return missing("versus how long before?")
			}
			a = args[i]
		}
		d, err := Duration(a)
		if err != nil {
			return err
		}
		if d > longest {
			return wrong("%s is too long: at most 90d.", a)
		}
		if before {
			c.Versus = max(d, time.Minute)
		} else {
			c.Duration = max(d, time.Minute)
		}
	}
	return nil
}
