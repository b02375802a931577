package command

import "strings"

// Approvals lists what waits for a second person.
var Approvals = Verb{Name: "approvals", Group: Act, Usage: "approvals", Short: "what waits for a second person",
	Long: "Runs that need a second person's yes: yours to decide first, then those that you asked for. The yes is given in the incident's thread, where the plan is.", Examples: []string{"approvals"}}

// Reject says no to a run, with a reason.
var Reject = Verb{Name: "reject", Group: Act, Usage: "reject <run> [reason]", Short: "say no to a run, and why",
	Long: "A run is named by the beginning of its id, as approvals shows it. Who asked may withdraw it so.", Examples: []string{"reject 3f9a27 the deploy is still running"}, FreeText: true,
	Parse: func(c *Command, args []string) error {
		if len(args) == 0 {
			return missing("which run?")
		}
		c.Own, c.Comment = strings.Trim(args[0], "`"), strings.Join(args[1:], " ")
		return nil
	}}

// Undo undoes a run.
var Undo = Verb{Name: "undo", Group: Act, Usage: "undo <run>", Short: "take back what a run did",
	Long: "The same as the button in the thread, while that is offered, with the same checks. A run is named by the beginning of its id.", Examples: []string{"undo 3f9a27"},
	Parse: func(c *Command, args []string) error {
		if len(args) != 1 {
			return missing("which run?")
		}
		c.Own = strings.Trim(args[0], "`")
		return nil
	}}
