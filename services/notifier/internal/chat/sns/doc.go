// Package sns publishes incidents to Amazon SNS topics, for whatever subscribes
// there: queues, functions, HTTPS endpoints, mail, text messages.
//
// Machines (SQS, Lambda, HTTPS) get a JSON document, people (mail, SMS) get
// text. State, severity, policy and team are message attributes, for filter
// policies. A message goes out when an incident opens, is acknowledged, changes
// its severity, is resolved, and when something was done about it.
//
// # Guarantees
//
// A subject is of printable ASCII, at most 100 characters; a message stays below
// SNS's 256 KiB. To a FIFO topic an incident is one group, in order, and
// telling again within five minutes has no effect; to a standard topic a message
// whose answer was lost may be there twice, with the same "event_id". Keys are in no
// error.
package sns
