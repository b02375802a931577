// Package verify says what an action did to the incident that it was for. It
// is a pure function of what was seen: the incident as it is now, the history
// of the condition's series, and the time.
//
// The verdicts: recovered (the policy itself resolved the incident), and, when
// the time is over and it is still open, better, none or worse by comparing
// the last value before the action began with the newest after it ended. A
// change counts from a tenth of the way between the value before and the
// threshold, and from one percent of the value before. Without a value on both
// sides it is not measurable.
package verify
