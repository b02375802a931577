// Package batch gathers samples into one message per partition and sees that
// they are stored.
//
//	b := batch.New(batch.Config{…})
//	go b.Run(ctx)
//	err := b.Add(ctx, samples, len(body), func(err error) { /* all stored */ })
//
// # When a batch is sent
//
// By group commit: what is there goes out, in one round over all partitions,
// as soon as the round before is stored. So a sample that comes to a quiet
// system is published at once, and while the disk works the next samples
// gather by themselves.
//
// That alone is not enough when much comes in. A message costs some 60 to 200
// µs of CPU in all (publish, store with sync_interval always, deliver), a sample
// in it well under one: at 10,000 samples/s, spread over all partitions, rounds
// sent as fast as the disk allows would have messages of one or two samples.
// So messages are paid for from an allowance, see pace.go: one for each
// partition at once, and as many per [Config.Linger] (100 ms) in the long run.
// Who has used it up waits, but no sample longer than the linger, and nobody
// waits when the batches are worth their messages already, or when the input is
// held up by waiting.
//
// A round is stored as single messages. As one atomic batch (one sync for all)
// it costs the server as much from 16 messages on, and stalls now and then
// while the files of its staging are made and removed.
//
// # Guarantees
//
// A sample that was accepted is published until it is stored, or until Run's
// context ends; then, and only then, done is called with an error. Every batch
// has the id <instance>/<boot>/<partition>/<n>, the same however often it is
// published. Samples of one partition are stored in the order of Add. done is
// called once, from Run's goroutines; it must not block.
//
// The definition of a series is in the batch of its first sample, and again
// within every 10 minutes; a batch that is published again has it again.
//
// Memory is bounded by [Config.MaxBytes]: Add waits when it is full, which
// holds up the source and nothing else.
package batch
