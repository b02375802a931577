// Package poll reads the metrics of a target from CloudWatch, and sees that each
// bucket is in the samples' log once, and each change of it once more.
//
//	poller := poll.New(poll.Defaults(), feed)
//	err := poller.Run(ctx, t, sink) // a target.Part
//
// # Which time is asked about
//
// A bucket is looked at when it is closed and has settled: [watermark − overlap,
// floor(now − settle, period)), with an overlap of three buckets and at least 15
// minutes. CloudWatch charges for metrics, not for points, so reading a bucket
// again costs nothing; one that came late is a sample like any other, one that
// has changed is the same (series, time) with the next revision, one that has
// not is nothing. How long to let a namespace settle follows from how much of it
// came late. After an outage the gap is read, up to [Config.CatchUp].
//
// What counts events (catalog.Zero) and has no point in a settled bucket is 0,
// once the resource's other metrics have one of that time or later.
//
// # A round
//
//	ask → position and outbox into an object → compare-and-set of the target's
//	record → publish the outbox → forget it with the next round
//
// The compare-and-set is when the round has happened. Before it, nothing has
// been sent, and whoever comes next asks again. After it, what is to be sent is
// kept, under ids that do not change; the next owner looks which of them are in
// the log, and sends the others. So a collector that is killed at any moment
// loses and doubles nothing.
//
// # What goes wrong
//
// A call that fails, or is throttled, or brings only part of the data leaves
// its watermarks where they are: that time is asked about again, after a pause
// that grows; the other calls of the round count. Errors are explained, said
// once, and stay in the target's problem until they are over.
package poll
