package command

// Proposals finds changes of noisy policies.
var Proposals = Verb{Name: "proposals", Group: Know, Usage: "proposals", Short: "changes of policies that cut noise",
	Long: "Tries changes of the policies whose incidents were noise most often (called so, or gone unheeded) over the history that is stored, and tells those " +
		"that would have removed noise and kept every useful incident. Nothing is changed.",
	Examples: []string{"proposals", "proposals share"}}
