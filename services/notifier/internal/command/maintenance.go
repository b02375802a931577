package command

import (
	"strings"

	"github.com/parley-ops/parley/services/internal/maintenance"
)

// Maintenance plans times in which messages are held back.
var Maintenance = Verb{Name: "maintenance", Group: Quiet, Usage: "maintenance [list | add <label=value …> <when> [comment] | extend <id> <2h> | end <id>]", Short: "times of planned work",
	Long:     "What matches is recorded but not told while people work on it; what is still open at the end is told then. When: 2h from now on, or from 22:00 to 02:00 Europe/Berlin, or every sat 02:00-04:00 Europe/Berlin. Labels take =, !=, =~ and !~, and also policy= and severity=. extend: what is under way lasts that long from now. end: it is over, and comes no more.",
	Examples: []string{"maintenance add service=shop 2h new disks", "maintenance add tier=db every sat 02:00-04:00 Europe/Berlin reboot", "maintenance end m1a2b3c4d5e6"}, FreeText: true, Parse: parseMaintenance}

// MaintenanceOwn is what a maintenance command asks: Sub is list, add, extend or
// end. When are the words that say when it is, and the comment.
type MaintenanceOwn struct {
	Sub, ID string
	When    []string
}

func parseMaintenance(c *Command, args []string) error {
	own := MaintenanceOwn{Sub: "list"}
	if len(args) > 0 {
		own.Sub, args = strings.ToLower(args[0]), args[1:]
	}
	switch own.Sub {
	case "list":
		if len(args) > 0 {
			return wrong("Nothing stands after list. Write: /parley maintenance list")
		}
	case "add":
		for len(args) > 0 && strings.Contains(args[0], "=") {
			if err := c.matcher(args[0]); err != nil {
				return err
			}
			args = args[1:]
		}
		if len(c.Matchers) == 0 {
			return missing("what is worked on? Name at least one label.")
		}
		if len(c.Matchers) > 20 {
			return wrong("At most 20 labels.")
		}
		if len(args) == 0 {
			return missing("when?")
		}
		own.When = args
	case "extend":
		if len(args) != 2 {
			return missing("which one, and for how long from now on?")
		}
		d, err := Duration(args[1])
		if err != nil {
			return err
		}
		if err := maintenance.Extends(d); err != nil {
			return wrong("That cannot be: %s.", err)
		}
		own.ID, c.Duration = args[0], d
	case "end":
		if len(args) != 1 {
			return missing("which one?")
		}
		own.ID = args[0]
	default:
		return missing("list, add, extend or end?")
	}
	c.Own = own
	return nil
}
