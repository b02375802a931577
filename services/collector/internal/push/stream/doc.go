// Package stream reads what a CloudWatch metric stream sends: records of JSON
// lines, and records of OpenTelemetry 1.0.
//
//	err := stream.Read(record, func(p *stream.Point) { … }, func(line []byte, why error) { … })
//
// The format is told by the first byte. OpenTelemetry is read field by field
// from the wire, and only what a point needs: a metric stream sends nothing but
// summaries.
//
// # Guarantees
//
// A part that is wrong (a line, a data point) is told of and skipped; the other
// parts count. What cannot be cut into parts at all is an error, and then
// nothing of it counts. Whatever the bytes are, reading takes time and memory in
// proportion to them. Points are given in order, and reused: a caller keeps
// what it needs, not the Point.
//
// Sources: CloudWatch user guide, "Metric streams output formats" (JSON,
// OpenTelemetry 1.0.0 and its translations); opentelemetry-proto v1.0.0.
package stream
