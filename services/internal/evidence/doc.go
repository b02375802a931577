// Package evidence is what past incidents teach of those to come: how often the
// same was worth somebody's time, and how often it was noise.
//
//	i := evidence.Of(e, incident, now)
//	i.Level // evidence.High
//	i.Words() // "high: of the last 12 here 9 were acted on, 1 acknowledged, 2 went away unheeded"
//
// An evidence has the newest [Most] incidents of one policy that people were told
// of and that are over, each once, by its id; the notifier keeps it by
// compare-and-set. All functions are pure.
//
// # Importance
//
// [Of] estimates the chance that an incident is worth somebody's time: the mean of
// a beta distribution whose prior is the policy's severity (critical 0.8, warning
// 0.5, info 0.3; it weighs as much as four incidents) and whose observations are
// how past ones ended: called useful or acted on 1, acknowledged 0.8, gone by
// itself unheeded 0.2, called noise 0. An observation loses half its weight in
// thirty days, so that a policy that was mended is trusted again. If at least
// [Few] ended with the same labels, only those count: one host may be noisy and
// the others not.
//
// The level is high from 0.65 and low to 0.3, and neither before [Few] incidents
// ended: evidence orders lists and is told, it silences nothing.
package evidence
