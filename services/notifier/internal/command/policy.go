package command

import (
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/nearest"
)

// Policy shows, tests, replays and mutes a policy.
var Policy = Verb{Name: "policy", Group: Know, Usage: "policy <show | test | replay | mute> <name> [2h] [above=90] [comment]", Short: "see, try or mute a policy",
	Long: "show: its text, revision and who applied it, and what it has open. test: what it would have done over the history that is in memory, " +
		"judged by the same code. replay: what it would have done over all that is stored of a time, a week if none is given, with the messages in " +
		"each channel; with other values in its conditions, such as above=90 or for=10m, what that would change. mute: silence all of it for a time.",
	Examples: []string{"policy show checkout-slow", "policy test checkout-slow", "policy replay checkout-slow 3d above=900 for=10m",
		"policy mute checkout-slow 2h deploying"}, FreeText: true,
	Parse: func(c *Command, args []string) error {
		if len(args) == 0 {
			return missing("show, test, replay or mute, and which policy?")
		}
		subs := []string{"show", "test", "replay", "mute"}
		if c.Sub = nearest.To(args[0], subs); c.Sub == "" {
			return missing(quoted(args[0]) + " is not one of show, test, replay and mute.")
		}
		if n := len(args); c.Sub != "mute" && n > 2 && strings.EqualFold(args[n-1], share) {
			c.Share, args = true, args[:n-1]
		}
		switch {
		case len(args) < 2:
			return missing("which policy?")
		case c.Sub == "replay":
			return c.policyReplay(args[1:])
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

const (
	// weekBack is how far back a policy is replayed if nobody says.
	weekBack = 7 * 24 * time.Hour
	// mostChanged is how many values of a policy may be others at a time.
	mostChanged = 5
)

// policyReplay reads: <name> [duration] [key=value …], in any order after the name.
func (c *Command) policyReplay(args []string) error {
	c.Policy, c.Duration = args[0], weekBack
	changed := map[string]string{}
	for _, a := range args[1:] {
		key, value, is := strings.Cut(a, "=")
		switch {
		case is && (key == "" || value == ""):
			return wrong("%q changes nothing: write above=90 or for=10m.", a)
		case is:
			changed[key] = value
			continue
		}
		d, err := Duration(a)
		if err != nil {
			return err
		}
		if d < time.Minute || d > longest {
			return wrong("A policy is replayed over 1m to 90d, not %s.", a)
		}
		c.Duration = d
	}
	if len(changed) > mostChanged {
		return wrong("At most %d values can be others at a time.", mostChanged)
	}
	c.Own = changed
	return nil
}
