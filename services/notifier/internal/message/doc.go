// Package message turns what is known of an incident, a storm or a run into
// content for any chat. It is pure, and all of it is data: markup is the
// backend's.
//
// A message says first what is wrong, then how bad, where, since when, which
// conditions hold with their values, then shows the picture and what can be
// done; small print says which policy, which incident and how old the data was.
// Lines are short, for a phone.
//
// What can be done is one row of at most five controls: the actions that helped
// most, Acknowledge, Silence while there is room, and "⋯" for what is seldom: a
// form to silence or assign, why it was told, a verdict. Slack shows five options
// there, so that where there are more the verdicts move into a form; chats
// without forms get them all.
//
// On a person's page of the app an incident is a [Row], and what waits for their
// word an [Approval], whose buttons are signed for that page.
//
// # Guarantees
//
// The text alone states how bad, what, where, how much against what it should be,
// and since when ([Spoken]), in that order, whatever stands in labels and
// summaries; nothing of these becomes markup, a mention or a link (FuzzIncident in
// package slack).
package message
