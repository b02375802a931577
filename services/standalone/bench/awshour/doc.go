// Package awshour has what an hour of watching 1,000 series costs, on the meter
// of the local AWS account: the collector with the shipped policies for EC2, and
// beside it the requests of other programs, as they make them at their defaults.
//
// Its one test is the measurement: everything runs in one bubble, in which the
// hour takes seconds and every request is one of the SDK's, signed and encoded. It
// prints a line for each figure, which scripts/bench reads, and fails when an
// hour costs more than $0.06 or a call is not filled.
package awshour
