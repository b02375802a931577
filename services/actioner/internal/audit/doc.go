// Package audit says what the audit has of runs and of policies: who did what to
// what, when, why and with what result. How it is kept, in one chain that cannot
// be changed unseen, is services/internal/audit.
//
// A record's id is the run's id and version, so writing one again is one
// record (within the stream's hour) or the same record twice (after it); a
// reader tells by the id. [Write] returns when the stream has it on disk and
// gives up after audit.Patience: an action that cannot be audited is not run.
//
// [Policies] writes down what policies come and go. People change them in the
// bucket, where the actioner looks, since nobody who can change them may write
// to the audit.
package audit
