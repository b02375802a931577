// Package plan decides what to ask CloudWatch for, how often, and who pays for
// it. It is pure: no clock, no I/O.
//
//	p := plan.Make(plan.Input{Needs: needs, Inventory: inventory, …})
//	p.Stretch(s)                              // for a budget
//	calls := plan.Calls(p.Due(…))
//
// # What is asked for
//
// The pairs of metric and statistic that a policy in force looks at, of the
// resources in its scope, and the inputs of derived metrics; nothing else. Each
// at an interval of about a third of the time that the policy's condition has
// to hold, never below the resolution in which AWS sends it nor the least
// interval of the policy's severity, never above an hour (or an eighth of the
// resolution, for what comes daily). All points of the interval come with one
// question, so a longer interval is later, not coarser.
//
// # Calls
//
// Questions for the same time are put together whatever their namespaces: N of
// them in one window take ceil(N/500) calls, unless they would have more points
// than one call may.
//
// # Budget
//
// [Plan.Stretch] makes intervals longer by severity: info first, then warning,
// critical never beyond twice. Nothing is left out. [Plan.Fit] finds the least
// stretch that keeps to a number of readings an hour.
package plan
