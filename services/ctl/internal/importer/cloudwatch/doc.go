// Package cloudwatch makes policies of CloudWatch's alarms.
//
//	alarms, err := cloudwatch.Read("alarms.json", data) // of `aws cloudwatch describe-alarms`
//	r := cloudwatch.Import(catalog.Default(), alarms)
//
// # What becomes what
//
// Namespace, metric, statistic and dimensions become a metric of package catalog
// and a scope that its resource alone is in, with the account and region of the
// alarm's ARN. More than a threshold is above, less is below, "or equal"
// or_equal. M of N periods are datapoints, and what is missing counts as it does
// there. A period of several of ours is their mean, sum, highest or lowest
// value. A band of ANOMALY_DETECTION_BAND is the baseline with that tolerance.
//
// Actions are never taken over: they are noted at the policy, those on instances
// with the name of ours that does the same. An alarm whose actions are off becomes
// a policy that is off.
//
// What a policy cannot say (metric maths, composite alarms, metrics, statistics
// and periods that are not read) is refused with what to do about it.
//
// # Where the two differ
//
// CloudWatch's periods slide along each minute, ours stand at multiples of their
// length. The two are the same where the period is that of the samples. One without
// data is known to be so when the next is half over; where that one's sample comes
// first, both are judged together. Where all data end, an alarm whose missing data are missing has
// INSUFFICIENT_DATA; the incident is over then. A series that never came is no
// series here, so there is nothing that could be breaching.
//
// Everything is pure and safe for any number of goroutines.
package cloudwatch
