package main

// policyWhynotCmd is `incident whynot`, where who thinks of the policy looks
// for it.
type policyWhynotCmd struct {
	incidentWhynotCmd `embed:""`
}

// Help explains the command.
func (policyWhynotCmd) Help() string {
	return `The same as parley incident whynot.

Examples:
  parley policy whynot checkout-slow
  parley policy whynot checkout-slow web-1`
}
