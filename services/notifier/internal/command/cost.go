package command

// Idle lists what is paid for and not used.
var Idle = Verb{Name: "idle", Group: Money, Usage: "idle", Short: "what is paid for and not used",
	Long:     "Idle instances, volumes attached to nothing and the like: whose they are, since when, and what they cost a month at list price.",
	Examples: []string{"idle"}}

// Cost tells what is spent, wasted and saved.
var Cost = Verb{Name: "cost", Group: Money, Usage: "cost", Short: "what watching costs, wastes, saved",
	Long:     "The bill of Parley's own looking at AWS by account and policy, what finds come to a month, and what was saved by stopping.",
	Examples: []string{"cost", "share cost"}}
