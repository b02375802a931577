// Package slackdoctor finds out what of Slack's set-up is missing, with the
// notifier's own settings: `parley slack doctor`.
//
//	found := slackdoctor.Check(ctx, slackdoctor.Request{Config: cfg, Channels: …, Endpoint: "http://127.0.0.1:8082"})
//
// It asks what can be asked without changing anything: whose the bot token is and
// which scopes it has, whether the app token opens a socket, whether the bot is in
// its channels, whether a chart could be uploaded, whether the notifier takes a
// request that is signed with this signing secret, and whether the clocks agree.
//
// # Guarantees
//
// Nothing is written anywhere: no message, no file, no membership. Each finding
// that is wrong names its fix. No finding contains a token or a secret.
package slackdoctor
