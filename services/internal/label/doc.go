// Package label has the values by which series, incidents and people's
// choices are told apart: label sets, matchers, fingerprints.
//
// A [Set] is sorted by name and has no doubles; everything here relies on it,
// and [New] and [FromMap] see to it. Sets are values: nothing here changes one
// in place, so they may be shared between goroutines.
//
// Two hashes matter. [Fingerprint] names a series (metric and labels): it is
// the series id in sample batches. [Resource] names the thing that is watched
// (labels alone): all metrics of one resource have it in common, and so meet
// in one partition.
package label
