// Package fill is the templates of action declarations: text with places like
// {{ labels.instance }}.
//
// A place names a scope and a name in it: labels (of the incident), parameters
// (of the action), settings (of this installation), incident (id, policy,
// summary, severity), run (id) and actor (name). There are no expressions.
//
// What is filled in comes from outside (labels are what a publisher of metrics
// wrote), so filling takes the escape that its place needs, and a place whose
// value is missing or empty is an error, never an empty text.
package fill
