// Package calendar has the maintenance windows at hand, for those who put them
// into the partitions' logs: what a partition learns depends on its log, and not
// on what is in the bucket when somebody looks.
//
// Of each window it keeps what decides when it is open and for what, so that
// another comment is no entry in sixteen logs; past ones for as long as they are
// in the bucket, since a policy that is new learns from what came before it. If
// all are more than fit into an entry, those that were over first are left out.
package calendar
