// Package wording is people's own words in an incident's message: the templates
// file (--notifier-templates).
//
//	templates:
//	  - match: {policy: "~orders-.*", severity: critical}   # as in policies and routes; none: every incident
//	    channels: ["#payments"]                             # none: every channel
//	    title: "{{ labels.service }}: {{ summary }}"
//	    lines: ["Owner {{ labels.owner or nobody }}, last deployment {{ labels.version }}"]
//	    footer: "Payments on call: {{ labels.oncall or see the wiki }}"
//	    resolved: "{{ labels.service }} is well again after {{ duration }}"
//
// The first template that fits the incident and its channel is taken, whole; what
// it does not say is said as ever. It sets words: the headline (and with it the
// notification), lines below it, small print at the end, and the headline once it
// is resolved. Icon, order, conditions, chart and buttons stay ours, so that every
// message can be read the same way.
//
// The notation is that of policies, package fill, and not Go's text/template: who
// writes a policy's summary knows it already, it cannot loop or fail when it is
// filled, and an unknown name is found before anything starts.
//
// # Guarantees
//
// A file is taken whole or refused, with file, line and the nearest name that
// there is. What stands in a place is data: a backend escapes it as any other, it
// cannot mention, link or format. A label that is missing is "?", as in policies.
// Texts are cut to what a message can carry.
package wording
