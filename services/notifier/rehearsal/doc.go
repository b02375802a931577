// Package rehearsal says what would have been told and asked for: how many
// messages in which channel, what was held back and why, which actions, and what
// waste was found. notifier.Rehearsal works it out; others only read it.
//
// It is decided by the code of the service, on the incidents' own clock: routes,
// silences, maintenance windows, dependencies, flapping, groups, storms, limits
// and their digests, quiet hours, reminders and escalations.
//
// What differs from a day on which it really happens: the chat takes everything at
// once and can edit, pictures are left out, and so are notices that are no
// incident's (a maintenance window began, the day's digest of waste); nobody
// acknowledges, silences or runs anything; an action that is asked for has not
// ended yet. Silences of one incident alone are of one that lived, and count for
// none here.
package rehearsal
