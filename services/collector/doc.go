// Package collector is the service that takes in samples and writes them, in
// batches, to the partitions' log.
//
// It reads custom metrics from NATS (three formats, see internal/ingest) and
// over HTTP, takes what AWS sends by itself (internal/push), and runs sources of
// its own (internal/source): the host's own figures, CloudWatch, EventBridge. Which series there are is internal/series; what goes out, when
// and how is internal/batch; what was bad is internal/deadletter. What is kept for
// longer than on the bus, internal/archiver copies to files.
//
// # Guarantees
//
// An input is acknowledged (the NATS message, the HTTP request, the source's
// call) only when every batch that carries part of it is stored, and the dead
// letter, if part of it was bad. A collector that is killed loses nothing that
// was acknowledged to it: the input comes again, to it or to another, and the
// samples with it; readers know a sample by its series and time.
//
// Samples of one series that come in one input, or in one input after another
// that was answered, are stored in that order.
//
// Bad input is a dead letter of its team with the reasons in words, and never
// stops good input. A source that fails is started again, and never stops
// another. When the log cannot be written the collector holds at most
// 64 MiB and then takes no more in: NATS keeps its messages, HTTP answers 503.
//
// Any number of collectors may run; they share the custom metrics and the AWS
// accounts, and each reads its own host.
package collector
