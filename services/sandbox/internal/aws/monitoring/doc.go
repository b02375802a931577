// Package monitoring is CloudWatch: it lists the world's metrics, reads them back in
// CloudWatch's terms, takes custom ones, and keeps alarms.
//
//	cloudwatch := monitoring.New(w, monitoring.Defaults(), queue.Deliver)
//	cloudwatch.Register(mux)
//
// # What is as strict as CloudWatch
//
// A metric is found by its exact dimensions. A bucket is stamped with its beginning,
// its end is not in it, and the newest one can be read while it still fills. Buckets
// begin at multiples of the period since 1970. 500 queries, 500 metrics of a list,
// 100,800 points, 1,440 points of statistics; 60-second points are kept for 15 days,
// of 5 minutes for 63 days, of an hour for 455 days. Calls and points a second are
// limited by account and region, in real time, and refused with Throttling; [Quotas]
// has the numbers. How late points come, and how they change, is world.Delivery.
//
// # What is simpler
//
// Metric math knows + - * / ^, parentheses, numbers, ids, and SEARCH() of a schema and
// property=value terms; anything else is a ValidationError that says so. Custom
// metrics can be read at once. An alarm changes only by SetAlarmState; one on a band,
// on metric math or on other alarms is there from the beginning or not at all. Buckets
// are aligned with 1970 whatever StartTime is.
package monitoring
