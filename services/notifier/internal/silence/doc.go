// Package silence decides whether people want to hear of an incident now. It
// is pure: a set of silences, an incident and a time give an answer.
//
// A silence stops notifications, never evaluation. One silence may name labels
// (all have to match), a policy, or one incident; what it does not name matches
// everything, and a silence that names nothing at all mutes nothing. Of several
// that match, the one that lasts longest is the answer.
package silence
