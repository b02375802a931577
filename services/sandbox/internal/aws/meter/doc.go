// Package meter counts what was asked of the local AWS account, and what AWS would
// have charged for it by its list price.
//
//	m := meter.New()
//	m.Count(meter.Call{Account: "111122223333", Region: "eu-west-1", Action: "cloudwatch:GetMetricData", Metrics: 500})
//	m.Report().Dollars // 0.005
//
// It is pessimistic where the price list leaves room: every query of GetMetricData is
// a metric, so two statistics of one metric are two, and each page of an answer is
// asked for again. Refused requests cost nothing. A Meter may be used from several
// goroutines; it keeps at most 10,000 rows, and counts the rest in one named "other".
package meter
