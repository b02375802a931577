package command

import "strings"

// Freeze stops all actions.
var Freeze = Verb{Name: "freeze", Group: Act, Usage: "freeze [account | all] [reason]", Short: "stop all actions",
	Long:     "No action begins in the account, or anywhere, until it is thawed. An account is its 12 digits, or the name of one that is watched.",
	Examples: []string{"freeze", "freeze 111122223333 the deploy is under way"}, FreeText: true, Parse: parseFreeze}

// Thaw lets actions begin again.
var Thaw = Verb{Name: "thaw", Group: Act, Usage: "thaw [account | all]", Short: "let actions begin again",
	Long: "Ends a freeze. Two people have to say so.", Examples: []string{"thaw"}, FreeText: true, Parse: parseFreeze}

// Schedules lists what is to be done by itself.
var Schedules = Verb{Name: "schedules", Group: Act, Usage: "schedules", Short: "what is done by itself later",
	Long: "What will be started again or stopped and when, and what is frozen.", Examples: []string{"schedules"}}

// parseFreeze reads: [account | all] [reason], told apart by who knows the
// accounts.
func parseFreeze(c *Command, args []string) error {
	c.Comment = strings.Join(args, " ")
	return nil
}
