package command

// Actions lists what can be done.
var Actions = Verb{Name: "actions", Usage: "actions", Short: "what can be done",
	Long: "Actions that are offered, and who may run them.", Examples: []string{"actions"}}

// Run asks for an action.
var Run = Verb{Name: "run", Usage: "run <action> <incident>", Short: "do something about it",
	Long: "The same as the button in the message, with the same checks.", Examples: []string{"run collect-garbage 3f9a"},
	Parse: func(c *Command, args []string) error {
		if len(args) != 2 {
			return missing("which action, and for which incident?")
		}
		c.Action, c.Incident = args[0], args[1]
		return nil
	}}
