// Package opsgenie is the Opsgenie backend, by its Alert API: an incident is an
// alert there, with our incident's id as its alias.
//
// An incident that opens creates the alert; one that is acknowledged in our
// chat is acknowledged there; lines of its history and what actions did become
// notes; one that is resolved is closed. It is one way.
//
// # Guarantees
//
// Creating, acknowledging and closing again has no effect, by the alias; a note
// whose answer was lost is there twice. Whatever the content, a request stays
// within Opsgenie's limits. The API key is in no error.
package opsgenie
