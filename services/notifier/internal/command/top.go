package command

import (
	"strconv"
	"strings"
)

// Top lists the highest series of a metric.
var Top = Verb{Name: "top", Group: See, Usage: "top <metric> [10] [by label] [label=value …]", Short: "the highest series now",
	Long:     "The newest values, the highest first: of each series, or of each value of a label (its highest series counts). At most 20.",
	Examples: []string{"top cpu", "top latency.p99 5 by service env=prod", "share top disk.used_percent"},
	Parse: func(c *Command, args []string) error {
		if len(args) == 0 || strings.Contains(args[0], "=") {
			return missing("which metric?")
		}
		c.Metric, c.Count = args[0], 10
		for i := 1; i < len(args); i++ {
			a := args[i]
			if strings.EqualFold(a, "by") {
				if i++; i == len(args) {
					return missing("by which label?")
				}
				c.By = args[i]
				continue
			}
			if strings.Contains(a, "=") {
				if err := c.matcher(a); err != nil {
					return err
				}
				continue
			}
			n, err := strconv.Atoi(a)
			if err != nil {
				return missing(quoted(a) + " is no number, no label=value and not by.")
			}
			c.Count = min(max(n, 1), 20)
		}
		return nil
	}}

// quoted quotes what was typed, cut to what fits.
func quoted(s string) string {
	if r := []rune(s); len(r) > 40 {
		s = string(r[:39]) + "…"
	}
	return strconv.Quote(s)
}
