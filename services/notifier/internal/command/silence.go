package command

import (
	"strings"
	"time"

	"github.com/parley-ops/parley/services/internal/lasting"
)

// Silence stops messages for a while.
var Silence = Verb{Name: "silence", Group: Quiet, Usage: "silence <incident | label=value …> [1h | 2d | resolved] [comment]", Short: "stop messages for a while",
	Long:     "An incident's id silences what looks like it: same policy and labels. Labels take =, !=, =~ and !~, and also policy= and severity=. For a time, resolved means until what it is about is open no more, at most 7d; without a time it is that, at most 24h.",
	Examples: []string{"silence 3f9a resolved", "silence service=shop resolved", "silence service=checkout env!=prod 2h deploying"}, FreeText: true, Parse: parseSilence}

// Silences lists what is silenced.
var Silences = Verb{Name: "silences", Group: Quiet, Usage: "silences", Short: "what is silenced",
	Long: "Silences in force, with their ids and who made them.", Examples: []string{"silences"}}

// Unsilence ends a silence.
var Unsilence = Verb{Name: "unsilence", Group: Quiet, Usage: "unsilence <silence>", Short: "end a silence",
	Long: "Incidents that are still open are told again.", Examples: []string{"unsilence s1a2b3c4d5e6"},
	Parse: func(c *Command, args []string) error {
		if len(args) != 1 {
			return missing("which silence?")
		}
		c.Silence = args[0]
		return nil
	}}

// parseSilence reads: <incident | matchers> <duration> [comment].
func parseSilence(c *Command, args []string) error {
	for len(args) > 0 && strings.Contains(args[0], "=") {
		if err := c.matcher(args[0]); err != nil {
			return err
		}
		args = args[1:]
	}
	if len(c.Matchers) == 0 {
		if len(args) == 0 {
			return missing("what, and for how long?")
		}
		c.Incident, args = args[0], args[1:]
	}
	var asked time.Duration
	resolved := len(args) > 0 && strings.EqualFold(args[0], "resolved")
	if len(args) > 0 && !resolved {
		var err error
		if asked, err = Duration(args[0]); err != nil {
			return err
		}
	}
	l, err := lasting.Of(asked, resolved)
	if err != nil {
		return wrong("That cannot be: %s, not %s.", err, args[0])
	}
	c.Duration, c.UntilResolved = l.For, l.UntilResolved
	if len(args) > 0 {
		c.Comment = strings.Join(args[1:], " ")
	}
	return nil
}
