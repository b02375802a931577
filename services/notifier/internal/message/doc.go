// Package message turns what is known of an incident, a storm or a run into
// content for any chat. It is pure, and all of it is data: markup is the
// backend's.
//
// A message says first what is wrong, then how bad, where, since when, which
// conditions hold with their values, then shows the picture and what can be
// done; small print says which policy, which incident and how old the data was.
// Lines are short, for a phone.
package message
