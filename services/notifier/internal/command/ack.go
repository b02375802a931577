package command

import "strings"

// Ack says who works on an incident.
var Ack = Verb{Name: "ack", Group: Work, Usage: "ack <incident> [comment]", Short: "say that you are on it",
	Long:     "Everybody sees in the message who is on it. Ids may be cut: the first characters are enough.",
	Examples: []string{"ack 3f9a", "ack 3f9a27c1 looking at the heap"}, FreeText: true, Parse: parseIncident}

// Resolve ends an incident by hand.
var Resolve = Verb{Name: "resolve", Group: Work, Usage: "resolve <incident> [comment]", Short: "end an incident by hand",
	Long:     "For what Parley cannot see. If its conditions still hold, it opens again as a new one.",
	Examples: []string{"resolve 3f9a the queue was drained by hand"}, FreeText: true, Parse: parseIncident}

// parseIncident reads: <incident> [comment].
func parseIncident(c *Command, args []string) error {
	if len(args) == 0 {
		return missing("which incident?")
	}
	c.Incident, c.Comment = args[0], strings.Join(args[1:], " ")
	return nil
}
