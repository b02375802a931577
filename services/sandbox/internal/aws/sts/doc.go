// Package sts answers who somebody is and lets them be somebody else:
// GetCallerIdentity and AssumeRole.
//
//	sts.Register(mux, w)
//
// # Guarantees
//
// A role is assumed only by an account that it trusts and with its ExternalId; every
// refusal has the same words, as AWS's has, so that they tell nothing. Credentials
// expire in real time, as their holder looks at a real clock.
package sts
