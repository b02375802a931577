// Package source is what the collector's own sources of samples have in common.
//
// A source is one folder here and one line in package all:
//
//	"host": source.Kind(host.Defaults, host.New),
//
// Its Config's fields are flags (--collector-<kind>-…), its New checks the
// config and does no I/O, and its Run works until its context is done. What
// every source must satisfy is in package sourcetest.
//
// # Guarantees
//
// [Supervise] runs a source again when it fails or panics, after a pause that
// grows from 1 s to 1 min; a source never stops another, or the collector. A
// [Sink] returns when the samples are stored, or with the reason why they are
// not; then they are the source's to send again, or to let go.
package source
