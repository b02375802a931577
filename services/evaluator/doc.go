// Package evaluator is the service that judges samples by policies.
//
// It owns partitions of the samples' log, as many as its share among all
// evaluators is, reads each in order, and publishes what changes on incidents.
// It also keeps the policies of a folder in force, and answers questions about
// series and incidents (bus.ServeQueries).
//
// # Guarantees
//
// Every entry of a partition's log has its effect on incidents exactly once,
// and in order, whoever owns the partition, across kills, freezes, restarts
// and rescaling: see package partition. What follows from entries depends on
// nothing but the log and the policies that it names: see package incident.
// An incident's changes have rising versions and are all on one subject, in
// order. After a kill another evaluator takes over when the member's key has
// expired, 6 s; after a stop at once.
//
// A slow or failing part of one partition holds up no other. A policy that is
// wrong holds up no other policy: see package rules.
//
// # Where things are
//
// What people write is package policy; a kind of condition is one file in
// internal/condition; what a condition leads to is internal/incident; leases
// and replay are internal/partition; files and the bucket are internal/rules; maintenance windows are
// internal/calendar; how many series a team may have is internal/budget.
// What is unusual is package detect, what will be package forecast, and series
// in files are package seriesfile.
package evaluator
