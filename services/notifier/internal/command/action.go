package command

import "strings"

// Actions lists what can be done.
var Actions = Verb{Name: "actions", Usage: "actions", Short: "what can be done",
	Long: "Actions that are offered, and who may run them.", Examples: []string{"actions"}}

// Run asks for an action. Own is a map[string]string of parameters, if any.
var Run = Verb{Name: "run", Usage: "run <action> <incident> [parameter=value …]", Short: "do something about it",
	Long:     "The same as the button in the message, with the same checks. Parameters are those that the action lets people choose.",
	Examples: []string{"run collect-garbage 3f9a", "run scale-group 3f9a capacity=+2"},
	Parse: func(c *Command, args []string) error {
		if len(args) < 2 {
			return missing("which action, and for which incident?")
		}
		c.Action, c.Incident = args[0], args[1]
		given := map[string]string{}
		for _, arg := range args[2:] {
			name, value, ok := strings.Cut(arg, "=")
			if !ok || name == "" {
				return wrong("%q is no parameter: write name=value.", arg)
			}
			if _, twice := given[name]; twice {
				return wrong("The parameter %q is there twice.", name)
			}
			given[name] = value
		}
		if len(given) > 0 {
			c.Own = given
		}
		return nil
	}}
