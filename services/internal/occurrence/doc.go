// Package occurrence has the words for events that come from outside: their
// levels and types, and how long what they say may be.
//
//	{"event": "deploy.failed", "level": "error", "source": "ci", "message": "…", "labels": {"service": "checkout"}, "id": "…", "ts": …}
//
// The collector writes an event into the log as a [eventv1.Occurrence] of the series
// [Metric] with the event's labels; policies name its type, level and message.
package occurrence
