// Package push takes in what AWS sends by itself, on the collector's HTTP port:
// metric streams by Amazon Data Firehose at /aws/firehose, and CloudWatch's
// alarms by SNS at /aws/sns. How to set them up is in the README beside this.
//
//	p := push.New(cfg, push.Deps{…})
//	p.Register(mux)
//
// Both endpoints are off until a setting says who may send. A metric of a
// stream becomes the samples that polling it would make: the same names (package
// catalog), labels (package identity) and times, for every statistic that the
// catalog has of it. What the catalog does not know becomes its average, under a
// name made by the same rules. Metrics that the catalog has, in sets of
// dimensions that it does not, are left out, as in polling. Derived metrics are
// not made of streams.
//
// # Guarantees
//
// Firehose and SNS are answered with 200 only when the samples, and the dead
// letters of what was bad, are stored; anything else makes them send again. A
// request that comes again has the same samples, (series, time), which readers
// ignore, and dead letters with the same ids. Request ids and message ids that
// were done with lately are answered at once.
//
// A bad part of a record is a dead letter with the reason, and does not hold up
// the rest. What cannot be believed (no key, a signature that is not right, a
// topic that is not allowed) is refused and kept nowhere.
//
// Bodies are read as a stream: up to 64 MiB unpacked, at most one record of it
// in memory at a time, and at most maxRequests requests at a time.
package push
