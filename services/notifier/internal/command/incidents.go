package command

// Incidents lists what is open.
var Incidents = Verb{Name: "incidents", Usage: "incidents", Short: "what is open",
	Long:     "Open incidents, the worst first, with their short ids.",
	Examples: []string{"incidents", "share incidents"}}
