package command

import "strings"

// Incidents lists what is open.
var Incidents = Verb{Name: "incidents", Group: See, Usage: "incidents [mine] [label=value …]", Short: "what is open",
	Long:     "Open incidents, the worst first, with their short ids. mine: those that you acknowledged. policy= and severity= work as labels do.",
	Examples: []string{"incidents", "incidents severity=critical env=prod", "incidents mine", "share incidents"}, Parse: parseFilter}

// parseFilter reads: [mine] [matchers].
func parseFilter(c *Command, args []string) error {
	for _, a := range args {
		switch {
		case strings.Contains(a, "="):
			if err := c.matcher(a); err != nil {
				return err
			}
		case strings.EqualFold(a, "mine"):
			c.Mine = true
		default:
			return missing(quoted(a) + " is no filter.")
		}
	}
	return nil
}
