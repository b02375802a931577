// Package silence decides whether people want to hear of an incident now. It
// is pure: a set of silences, an incident and a time give an answer.
//
// A silence stops notifications, never evaluation. One silence may name labels
// (all have to match), a policy, or one incident; what it does not name matches
// everything, and a silence that names nothing at all mutes nothing. Of several
// that match, the one that lasts longest is the answer.
//
// Spans of maintenance windows are among the silences, with the window's name
// (services/internal/maintenance). A silence that lasts until what it matches is
// resolved is ended by the notifier once every evaluator says that nothing of it
// is open; while one does not answer it goes on, until its end at the latest.
// Who made a silence in a chat is told by direct message a quarter of an hour
// before it ends, if something that it mutes is open then: once for each end.
package silence
