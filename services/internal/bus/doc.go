// Package bus is how Parley's services talk: typed events on NATS JetStream.
//
// What exists is in topology.go, the only place that creates streams,
// consumers and buckets; where an event travels is in subjects.go; who may do
// what is in roles.go, from which the server's permissions are written
// (package natsconf). Everything is typed by the event it carries, so that a
// wrong handler or a wrong publish does not compile:
//
//	bus.Publish(ctx, conn, bus.Runs(id), "run/"+id+"/3", changed)
//	bus.Consume(ctx, conn, bus.RendererIncidents,
//		func(ctx context.Context, m *bus.Message[*eventv1.IncidentBatch]) error { … })
//
// # Guarantees
//
// Delivery is at least once and, within one consumer with one worker, in
// stream order for what is delivered for the first time. [Publish] returns
// when the stream has the message on disk; the id makes a repeat within the
// stream's duplicate window harmless, and that is all it does: effects are
// guarded by compare-and-set ([View.Create], [View.Update]) or by
// [PublishFenced].
//
// Only this package acknowledges. A handler's nil acks; an error is delivered
// again after the consumer's back-off; [Permanent] and the last attempt put
// the message, whole, into the dead-letter stream with the reason;
// [RetryAfter] waits as told and never gives up. A handler that panics is a
// permanent error: one poisonous message never stops the others.
//
// A slow consumer holds up nobody: it has its own position in the stream, and
// at most MaxAckPending messages under way. Connections come back by
// themselves, for ever; calls made meanwhile fail when their context ends.
package bus
