package command

import (
	"strings"
	"time"
)

// Query tells recent values of a metric.
var Query = Verb{Name: "query", Usage: "query <metric> [label=value …] [1h]", Short: "recent values",
	Long:     "Newest, lowest and highest value of each series with a small graph.",
	Examples: []string{"query latency.p99 service=checkout", "query disk.used_percent host=~db-.* 6h"}, Parse: parseQuery}

// Graph shows a metric.
var Graph = Verb{Name: "graph", Usage: "graph <metric> [label=value …] [1h]", Short: "the same as query",
	Long: "The same as query.", Examples: []string{"graph latency.p99 service=checkout 4h"}, Parse: parseQuery}

// parseQuery reads: <metric> [matchers] [duration].
func parseQuery(c *Command, args []string) error {
	if len(args) == 0 {
		return missing("which metric?")
	}
	c.Metric, c.Duration = args[0], time.Hour
	for _, a := range args[1:] {
		if strings.Contains(a, "=") {
			if err := c.matcher(a); err != nil {
				return err
			}
			continue
		}
		d, err := Duration(a)
		if err != nil {
			return err
		}
		c.Duration = min(max(d, time.Minute), 24*time.Hour)
	}
	return nil
}
