// Package audit writes who did what to what, when, why and with what result,
// to the append-only AUDIT stream.
//
// A record's id is the run's id and version, so writing one again is one
// record (within the stream's hour) or the same record twice (after it); a
// reader tells by the id. [Write] returns when the stream has it on disk and
// gives up after [Patience]: an action that cannot be audited is not run.
package audit
