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
// A policy may ask an owner first: the message names them, and what is to be
// done when nobody acts in time is asked of the actioner then. Once a day a
// digest tells what is paid for and not used.
//
// Who is told, whom a message names, when it is reminded of, whom it goes to
// next and which hours are quiet is said by routes (package route), to which
// people add at run time (--notifier-routes, the bucket `routing`).
//
// A [Rehearsal] is all of that without people, on a clock of its own: what would
// have been told of incidents that a replay opens.
//
// Text goes out at once; the picture is edited in when it comes, and never
// delays or loses a message.
//
// Several chats may be told at once (--notifier-chats, package exchange): a
// channel is then named with its chat, "mattermost:ops". Slack's need no name.
//
// # Guarantees
//
// What a chat cannot do it does without: what cannot be edited is told again,
// what has no threads gets short messages. A chat that cannot be searched is
// told at least once; each backend's doc says which it is.
//
// An incident is told in exactly one message per channel: its own, or the one
// of the group it belongs to when more open than a channel takes. None is lost
// and none doubled when an instance is killed at any point, with one exception
// that is named in package queue. An event is acknowledged once what it says is
// shown or stored.
//
// What is due by time alone (a question that nobody answered, a reminder, a step
// of an escalation, the day's digest)
// is done once, by whichever instance comes first: that it is due follows from
// the record, and that it was done is written into it. What is told only in a
// group's message is not asked about, and nothing is done because of it.
//
// A button that leads to a run counts once, for a week, and in its own message
// alone: package seal.
//
// Order: a lower version of an incident or a run never replaces a higher one.
// New incidents of one channel are told in the order in which they came.
//
// What is silenced, in maintenance, or follows from another incident (package
// noise) is recorded and not told; its cause counts it. Which incidents may be a
// cause is stored before anything else is looked at, so that all instances hold
// back the same, whatever comes first. When it is over, what is still open is
// told, with the reason.
//
// A slow, limited or missing channel holds up no other. What is silenced is
// counted, and visible where a message exists. A person's doing is acknowledged
// within three seconds whatever the bus does, and is stored first: who is told
// that it was taken can rely on it.
package notifier
