package command

// Status tells how Parley is doing.
var Status = Verb{Name: "status", Group: See, Usage: "status [mine] [label=value …]", Short: "how Parley is doing",
	Long:     "How many incidents are open, acknowledged and silenced (of those that match); partitions with and without an owner, series, lag, silences.",
	Examples: []string{"status", "status env=prod"}, Parse: parseFilter}
