// Package budget counts the series of each team over all partitions, and says which
// teams have as many as they may: of these no new series are taken, and the others
// are not concerned.
//
// What it says goes into the partitions' logs, so that what a partition takes depends
// on its log alone. It counts every five seconds; what is new within that time is let
// in, but never more in one partition than the whole budget. While a partition does
// not answer, a team that was full stays so.
package budget
