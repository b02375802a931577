package command

// Status tells how Parley is doing.
var Status = Verb{Name: "status", Usage: "status", Short: "how Parley is doing",
	Long:     "Partitions with and without an owner, series, open incidents, lag, silences.",
	Examples: []string{"status"}}
