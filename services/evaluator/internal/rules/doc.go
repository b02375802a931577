// Package rules keeps three things equal: the folders of policy files, the
// policies in the rules bucket, and the set of them that is in force.
//
// Files are looked at every two seconds, those of folders within too, except
// folders named tests or testdata, or with a dot in front. What changed there is written to the
// bucket with origin "file"; what vanished is deleted; what came from the
// command line (origin "cli") is left alone, also when a file has a policy of
// the same name. A file, or one policy of it, that is wrong is logged with its
// places and counted; the version before stays, and everything else goes on.
//
// Any number of evaluators may do this over the same folder: only differences
// are written, by compare-and-set, and only when a file here changed, never in
// answer to what another one wrote.
//
// All policies of the bucket together are a set, stored once under its digest.
// A set has a revision; a higher one replaces a lower one in every partition
// (package partition puts it there).
//
// What the set looks at is written as [bus.PolicyNeeds], for sources that pay
// for each reading: every condition of every enabled policy, also by
// compare-and-set, and never back to a set that another one has replaced.
package rules
