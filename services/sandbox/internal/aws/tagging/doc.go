// Package tagging is the Resource Groups Tagging API's GetResources: every resource of
// an account in a region that has tags, by tag and type.
//
//	tagging.Register(mux, w)
//
// # Guarantees
//
// Resources are sorted by ARN, 100 a page unless asked otherwise, and only those that
// have or had tags, as in AWS; a token is good for the same request only.
package tagging
