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
//
// # A person's page
//
// The home shows what waits for the person's approval, what is open with links to
// the messages, their own silences (extend, end), what changed in the last day by
// the audit's newest 300 records, this month's messages with the policies that
// tell most in vain, and what was saved. What cannot be read in time is said to
// be unknown; the rest is shown. Approvals are those that are stored, so that every
// instance shows the same, also one that has only begun.
//
// It is made when somebody opens it and after each click on it. For an hour it
// then follows what happens, at most every five seconds, for the 200 people who
// looked last; what another instance did is seen within a minute. A page that
// would say the same is left alone. A restart forgets who looked: opening the page
// again makes it anew.
//
// Its approvals are as strict as a message's: the value is signed for this
// person's page and that button, the click has to come from the page (the chat
// says so, not the value), and who may decide is read anew. A silence is extended
// once for each end that was shown, however often the button is clicked.
package inbound
