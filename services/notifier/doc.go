// Package notifier tells people: one message per incident and channel, edited
// through the incident's life, with its history in the thread; and it takes
// what people do about it.
//
//	ALERTS ──► NotifierIncidents ─┐                        ┌─► chat
//	NOTIFY ──► NotifierCharts ────┤   record (CAS) ─► lane ┤
//	RUNS ────► NotifierRuns ──────┤   per incident,        └─◄ clicks, commands
//	INBOUND ─► NotifierInbound ───┘   then what is left                │
//	                                  to do follows from it            ▼
//	                                                                INBOUND
//
// Text goes out at once; the picture is edited in when it comes, and never
// delays or loses a message.
//
// # Guarantees
//
// An incident is told in exactly one message per channel: its own, or the one
// of the group it belongs to when more open than a channel takes. None is lost
// and none doubled when an instance is killed at any point, with one exception
// that is named in package queue. An event is acknowledged once what it says is
// shown or stored.
//
// Order: a lower version of an incident or a run never replaces a higher one.
// New incidents of one channel are told in the order in which they came.
//
// A slow, limited or missing channel holds up no other. What is silenced is
// counted, and visible where a message exists. A person's doing is acknowledged
// within three seconds whatever the bus does, and is stored first: who is told
// that it was taken can rely on it.
package notifier
