package command

import "strings"

// Assign says whose an incident is. Its Own is the person as typed: "me",
// "nobody", or a name without its @.
var Assign = Verb{Name: "assign", Group: Work, Usage: "assign <incident> <me | @who | nobody> [comment]", Short: "say whose it is",
	Long:     "The person is mentioned in the incident's thread. Who takes an incident is on it; who gets one has still to acknowledge.",
	Examples: []string{"assign 3f9a me", "assign 3f9a @ann it is your heap", "assign 3f9a nobody"}, FreeText: true, Parse: parseAssign}

func parseAssign(c *Command, args []string) error {
	switch len(args) {
	case 0:
		return missing("which incident?")
	case 1:
		return missing("to whom?")
	}
	c.Incident, c.Comment = args[0], strings.Join(args[2:], " ")
	whom := strings.TrimPrefix(args[1], "@")
	if id, ok := strings.CutPrefix(args[1], "<@"); ok { // as Slack escapes a mention
		whom, _, _ = strings.Cut(strings.TrimSuffix(id, ">"), "|")
	}
	if whom == "" {
		return missing("to whom?")
	}
	c.Own = whom
	return nil
}

// Unack takes an acknowledgement back.
var Unack = Verb{Name: "unack", Group: Work, Usage: "unack <incident>", Short: "say that nobody is on it any more",
	Long:     "The incident counts as not acknowledged again: reminders go on.",
	Examples: []string{"unack 3f9a"}, Parse: parseIncident}
