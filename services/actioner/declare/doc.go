// Package declare reads the YAML in which people declare actions.
//
//	actions:
//	  - name: collect-garbage
//	    title: Collect garbage
//	    description: Asks the JVM to collect its garbage.
//	    kind: jvm-gc
//	    parameters:
//	      service: {value: "{{ labels.service }}", one_of: [checkout]}
//	    target: "{{ parameters.service }}"
//	    allow: ["@ops"]
//	    confirm: Collect garbage now?
//	    cool_down: 1m
//	    per_hour: 20
//	    verify: {within: 5m}
//	    jvm-gc: {url: "{{ settings.sandbox_url }}/jolokia/{{ parameters.service }}/"}
//
// Places in double braces are filled from the incident's labels, the action's
// parameters and the installation's settings (--actioner-settings); see
// package fill's words in deploy/actions/README.md.
//
// # Guarantees
//
// Parsing does no I/O and never panics. Every fault is listed, with file, line
// and column and, for a misspelt word, what was probably meant. What is faulty
// is left out and what is not is returned all the same: one bad action, or one
// bad file, takes no other with it. Nobody may run an action whose `allow` is
// empty. Secrets are named (env:NAME, file:PATH) and never read here.
package declare
