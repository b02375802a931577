package command

import "strings"

// Actions lists what can be done.
var Actions = Verb{Name: "actions", Group: Act, Usage: "actions", Short: "what can be done",
	Long: "Actions that are offered, and who may run them.", Examples: []string{"actions"}}

// Run asks for an action. Own is a map[string]string of parameters, if any.
var Run = Verb{Name: "run", Group: Act, Usage: "run <action> <incident | parameter=value …> [parameter=value …]", Short: "do something about it",
	Long: "On an incident it is the same as the button in the message, with the same checks; parameters are those that the action lets people choose. " +
		"Without an incident the action gets the parameters that you write.",
	Examples: []string{"run collect-garbage 3f9a", "run scale-group 3f9a capacity=+2", "run restart instance_id=i-0abc123"},
	Parse: func(c *Command, args []string) error {
		if len(args) < 2 {
			return missing("which action, and for which incident?")
		}
		c.Action = args[0]
		given := map[string]string{}
		for _, arg := range args[1:] {
			name, value, ok := strings.Cut(arg, "=")
			switch {
			case !ok && c.Incident == "" && len(given) == 0:
				c.Incident = arg
				continue
			case !ok || name == "" || strings.ContainsAny(name, "!~"):
				return wrong("%s is no parameter: write name=value.", quoted(arg))
			}
			if _, twice := given[name]; twice {
				return wrong("The parameter %s is there twice.", quoted(name))
			}
			given[name] = value
		}
		if len(given) > 0 {
			c.Own = given
		}
		return nil
	}}
