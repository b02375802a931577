// Package run is the life of a run: from a person's request to its effect, its
// result and what it did to the incident.
//
//	refused ◄─ requested ─► awaiting approval ─► rejected, expired, refused
//	                │              │
//	                └──► started ◄─┘
//	                        │
//	          done ◄────────┼────────► failed, unknown
//	           │
//	           └─ verified (done, with a verification)
//
// What to do next is decided by pure functions of a record and a time
// ([Permit], [Plan], [Undoable], [Reserve], [Resume], and packages approval and verify);
// the [Runner] reads, asks them, writes and acts.
//
// # Guarantees
//
// A run's record in bus.ActionRuns is created and changed by compare-and-set
// alone. Each change is recorded first (version+1), then audited, then
// published on bus.Runs under the id run/<id>/<version>, then marked as
// published; whatever finds an unmarked change heals it before it makes
// another. So every version is published, at least once.
//
// While a run waits for a final state, how far it is travels beside its
// versions: with the newest version, RunChanged.progress and the time. That is
// neither recorded nor audited, comes every ten seconds at most, and may be lost.
//
// The effect comes after its record, audit and publication. A request that is
// delivered again, under whatever message id, finds the record. An executor
// holds the run by a lease that it renews by compare-and-set; the call is cut
// off before the lease can end. If the lease is over, and
//
//   - "started" was not marked as published: the effect was not begun; the run
//     goes on in other hands;
//   - it was, and the kind has a token: the call is repeated with the same
//     token, which is at most one effect;
//   - it was, and the kind has none: the run is unknown, and people are told.
//
// Leases are compared across machines: their clocks may differ by [skew].
//
// What a look at the target refuses was not tried, and is refused as if it had
// been before the start.
//
// A freeze (bus.Freezes) is looked at before a run starts and before a run goes
// on whose effect has not begun. Freeze and thaw are runs of their own, of
// actions that need no declaration, so they are permitted, recorded, audited
// and told as every other; one that has two people's words is deleted by
// revision.
//
// A run may be undone once: the run that does so claims it by compare-and-set
// (RunRecord.undoing) before it starts, and marks it (undone_by) when it is
// done. A run that states when it is undone leaves a [bus.Schedules] entry
// before its request is acknowledged; whichever actioner finds it due asks for
// it under one run id, so it runs once, late after an outage, and not while
// actions are frozen.
//
// Who asked and who approved is looked up again before a run begins, where it is
// a group that allows them: who left it is refused. A request that names the
// plan that was shown (plan_hash) is refused when the plan is another by now.
//
// An action that cannot be audited is not run. Bounds are counted by
// compare-and-set on one key per action, by run id, before the run starts, so
// they hold over all actioners; a run that was let through and then could not
// start has used its place.
package run
