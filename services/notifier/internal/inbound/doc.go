// Package inbound does what people ask for: clicks, slash commands, forms, and
// orders of the command line.
//
// # Guarantees
//
// Everything may be delivered again and comes to the same: an acknowledgement
// stands, a silence has the id of the event that asked for it, a run has the
// nonce of its button. So a click that is delivered three times, or clicked by
// two people, is one run.
//
// A button is bound to the plan that was shown with it, and a form to the one
// that it shows: what would do something else by now is refused. Who is in a
// group is read when it matters, and not remembered.
//
// What the notifier can refuse, it refuses before anything happens: an action
// that is not offered, a person whom the action's `allow` does not name, an
// incident that is over. The person is told why and who may, and it is counted
// and written to the audit. The actioner checks again.
package inbound
