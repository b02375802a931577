// Package ingest reads custom metrics as people send them: JSON, Influx line
// protocol and parley.metrics.v1.Samples, as DESIGN §1 has them.
//
//	r := ingest.NewReader(cache, ingest.Limits{Past: time.Hour, Future: 5 * time.Minute})
//	result := r.Read(ingest.Message{Team: "demo", Body: body, Stored: stored})
//
// In JSON an object with "event" in place of "name" is an event from outside.
//
// A format is one file and one line in formats.go.
//
// # Guarantees
//
// Read never fails and never panics, whatever the body: what is good is in
// Samples, what is bad in Rejected, each with its place and a reason that
// names the field. A sample is rejected by itself; only a body that cannot be
// parsed at all costs the samples behind the fault (line protocol: that line,
// JSON and protobuf: all of it).
//
// Nothing in a result points into the body. A Reader is for one goroutine, and
// a result is valid until its next Read.
package ingest
