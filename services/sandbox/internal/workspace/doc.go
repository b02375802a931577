// Package workspace is a Slack workspace in memory: people, channels, messages,
// files and modals, the Web API that an app calls, Socket Mode and signed HTTP for
// what the workspace sends to the app, and driving calls for what a person does.
//
//	ws, err := workspace.New(workspace.Options{BotToken: "xoxb-sandbox", ...})
//	go ws.Run(ctx)
//	http.Handle("/", ws.Handler())
//
// It refuses what Slack refuses, in Slack's words: tokens, Block Kit (package
// block), unready files, more than one message a second in a channel, late
// acknowledgements, spent trigger and response URLs. Faults can be planned live
// (sandbox.faults), and every request in or out is in the wire log (sandbox.log).
//
// # Guarantees
//
// Timestamps are unique in the workspace and increase. One mutex orders all
// changes; a subscriber of the event stream sees them in that order, each at least
// once across reconnects while it is not further behind than the ring (2,000 events;
// then it is told to reload). A subscriber that does not keep up is cut off and
// resumes. Messages, files and the log are bounded; the oldest go first. State lives
// in memory; with Options.State it is also written to a file about a second after a
// change and when Run ends, so a killed process may lose that second.
//
// Sources: docs.slack.dev (Web API, Block Kit, Socket Mode, request signing).
package workspace
