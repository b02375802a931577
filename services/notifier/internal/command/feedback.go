package command

import (
	"strings"

	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// Feedback says whether an incident's message was worth it.
var Feedback = Verb{Name: "feedback", Group: Work, Usage: "feedback <incident> <useful | noise> [comment]", Short: "was a message worth it?",
	Long:     "One verdict a person, of which the latest counts. Resolved incidents take it too. It is kept with the incident and in the audit, so that policies that only make noise can be found and mended.",
	Examples: []string{"feedback 3f9a useful", "feedback 3f9a27c1 noise every deploy does this"}, FreeText: true, Parse: parseFeedback}

// parseFeedback reads: <incident> <useful | noise> [comment]. Own is the
// record.Verdict.
func parseFeedback(c *Command, args []string) error {
	if len(args) == 0 {
		return missing("which incident?")
	}
	if len(args) == 1 {
		return missing("was it useful, or noise?")
	}
	switch v := record.Verdict(strings.ToLower(args[1])); v {
	case record.Useful, record.Noise:
		c.Own = v
	default:
		return missing("was it useful, or noise?")
	}
	c.Incident, c.Comment = args[0], strings.Join(args[2:], " ")
	return nil
}
