// Package cost counts what watching AWS costs, foresees the month, and decides
// how to keep to a budget.
//
//	meter.Data(now, 500)            // one GetMetricData call for 500 metrics
//	stretch := cost.Stretch(rates, allowed)
//
// Prices are the list prices of us-east-1: $0.01 for 1,000 metrics requested,
// a metric with two statistics being two; $0.01 for 1,000 other requests, the
// first million GetMetricStatistics a month free. ListMetrics shares that
// million, and is charged for here all the same: the sum is rather too high
// than too low. A [Meter] is safe for concurrent use; its month is UTC's.
package cost
