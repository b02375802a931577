package command

import "strings"

// Why explains an incident.
var Why = Verb{Name: "why", Group: Know, Usage: "why <incident>", Short: "why an incident is there, who was told",
	Long:     "Values against thresholds, how old the data were, the policy's revision; where it was told and when, and what held it back. Of resolved incidents too.",
	Examples: []string{"why 3f9a", "share why 3f9a27c1"},
	Parse: func(c *Command, args []string) error {
		if len(args) != 1 {
			return missing("which incident?")
		}
		c.Incident = args[0]
		return nil
	}}

// Whynot explains why there is no incident.
var Whynot = Verb{Name: "whynot", Group: Know, Usage: "whynot <policy> [resource | label=value …]", Short: "why a policy has no incident",
	Long:     "Whether the policy is there and enabled, whether its scope leaves the resource out, which condition does not hold and by how much, whether data come; where it would be told, and what would hold it back now: what it depends on, silences, quiet hours, a limit.",
	Examples: []string{"whynot checkout-slow", "whynot checkout-slow web-1", "whynot disk-full host=db-2 mount=/"},
	Parse: func(c *Command, args []string) error {
		if len(args) == 0 || strings.Contains(args[0], "=") {
			return missing("which policy?")
		}
		c.Policy = args[0]
		for _, a := range args[1:] {
			if strings.Contains(a, "=") {
				if err := c.matcher(a); err != nil {
					return err
				}
				continue
			}
			if c.Comment != "" {
				return missing("one resource, or label=value.")
			}
			c.Comment = a
		}
		return nil
	}}
