// Package route decides in which channels an incident is told. It is pure.
//
// The channels of the incident's policy win. Else the first route that matches
// decides; else the default channel. Routes are a YAML file, in which what is
// not known is an error with its line:
//
//	routes:
//	  - match: {env: prod, team: "~shop|cart"}   # as in policies: "=", "!", "~", "!~"
//	    severity: {critical: ["#ops", "#oncall"], warning: ["#ops"]}
//	    channels: ["#general"]                   # severities not named above
//
// Matchers see the incident's labels and also `policy`, `severity` and `team`.
package route
