// Package cloudwatch is the source of AWS' own figures: the metrics of
// CloudWatch that policies look at, of all accounts and regions.
//
// What is done is in its packages: target (who watches which account and region,
// within which limits), discover (what there is), collector/catalog (what it means), plan
// (what to ask for, how often, who pays), poll (asking, so that each bucket
// counts once), cost (what that comes to), waste (what runs for nothing). What
// runs for a target is the list in parts.go.
//
// # Guarantees
//
// An account and region is watched by one collector at a time, whichever of
// them live; another goes on within half a minute of one that was killed. A
// bucket that was read is in the log exactly once, a change of it once more, see
// package poll. An account or region that fails, or is slow, holds up no other,
// and says what is wrong, where, and what to do, in the log, in its
// [bus.WatchCosts] document and so in `parley status`. What is asked about goes by
// AWS' clock, as its answers tell it, so a machine whose clock is wrong misses
// nothing. Without accounts the source does nothing.
package cloudwatch
