// Package fleet is a handful of applications that live on their own clock, each
// with a story:
//
//	checkout  a JVM whose heap leaks past 85 % within 20 s, until it is collected
//	cart      a daily cycle, and now and then a deployment that doubles latency
//	search    two instances, one of whose disks fills
//	batch     a worker that idles
//
// They publish their metrics to NATS as any user's program would, checkout and
// batch as JSON, cart as Influx line protocol, search as parley.metrics.v1, and
// they can be acted on: over HTTP (Handler) and, where they are JVMs, through
// Jolokia (Beans). The next samples show what was done.
//
//	world := fleet.New(fleet.Defaults())
//	go world.Run(ctx, publisher.Send)
//
// # Guarantees
//
// A story depends on elapsed time, what was done and the seed only. An operation
// with an Idempotency-Key has one effect however often it is asked for, while the
// process lives and among the last 1,000 keys. Samples carry the time they were
// taken; the publisher waits for each JetStream acknowledgement, sends again with
// the same message id, keeps ten minutes while NATS is away, and then drops the
// oldest. It never stops the process.
package fleet
