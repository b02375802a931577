// Package telemetry is what a process says about itself: logs, metrics, health
// and the trace that a message belongs to.
//
// Logs are log/slog with constant lower-case messages. Metrics are Prometheus'
// own client with a registry per process, passed as an argument. A trace is
// W3C's traceparent, carried in the context and in message headers.
package telemetry
