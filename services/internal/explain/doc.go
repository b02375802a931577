// Package explain says why an incident is there and what became of its
// notifications; why a policy has none for a resource; and what holds back the
// one that it has or would have: the incident that it follows from, a silence,
// quiet hours, a limit. The command line (`parley incident show --why`, `parley
// incident whynot`) and the chat (`/parley why`, `/parley whynot`) say the same,
// by this code:
//
//	why, err := explain.Incident(ctx, conn, incident)
//	why.Rows(now, clock)
//	not, err := explain.WhyNot(ctx, conn, explain.Question{Policy: "checkout-slow", Resource: "web-1", Routing: table})
//	not.Answer, not.Rows(now, clock)
//
// It reads what is recorded (policies, the notifier's records, silences) and
// asks the evaluators; it changes nothing. What could not be read is an error,
// or said where the rest is worth telling.
package explain
