package command

import (
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/nearest"
)

// Policy shows, tests and mutes a policy.
var Policy = Verb{Name: "policy", Group: Know, Usage: "policy <show | test | mute> <name> [2h] [comment]", Short: "see, try or mute a policy",
	Long: "show: its text, revision and who applied it, and what it has open. test: what it would have done over the history that is in memory, " +
		"judged by the same code. mute: silence all of it for a time.",
	Examples: []string{"policy show checkout-slow", "policy test checkout-slow", "policy mute checkout-slow 2h deploying"}, FreeText: true,
	Parse: func(c *Command, args []string) error {
		if len(args) == 0 {
			return missing("show, test or mute, and which policy?")
		}
		subs := []string{"show", "test", "mute"}
		if c.Sub = nearest.To(args[0], subs); c.Sub == "" {
			return missing(quoted(args[0]) + " is not one of show, test and mute.")
		}
		if n := len(args); c.Sub != "mute" && n > 2 && strings.EqualFold(args[n-1], share) {
			c.Share, args = true, args[:n-1]
		}
		switch {
		case len(args) < 2:
			return missing("which policy?")
		case c.Sub != "mute" && len(args) > 2:
			return missing("one policy, and nothing after it.")
		case c.Sub == "mute" && len(args) < 3:
			return missing("for how long?")
		}
		if c.Policy = args[1]; c.Sub != "mute" {
			return nil
		}
		d, err := Duration(args[2])
		if err != nil {
			return err
		}
		if d < time.Minute || d > 90*24*time.Hour {
			return wrong("A policy is muted for 1m to 90d, not %s.", args[2])
		}
		c.Duration, c.Comment = d, strings.Join(args[3:], " ")
		return nil
	}}
