// Package slack is the Slack backend: Web API, Socket Mode and the signed HTTP
// mode, on slack-go, which does not appear outside this package.
//
// Against Slack itself it needs SLACK_BOT_TOKEN and either SLACK_APP_TOKEN
// (Socket Mode, no public address needed) or SLACK_SIGNING_SECRET (HTTP mode).
// Without a bot token it speaks to the local sandbox; the lines of code are
// the same, only SLACK_API_URL and the tokens differ.
//
// A person's home tab is a page of at most 100 blocks ([Backend.Publish]); a click
// on it counts as made in [chat.HomeOf] the person, and in no channel that a click
// on a message could name.
//
// # Guarantees
//
// Blocks stay within Slack's limits whatever the content (a fuzz test checks
// them): texts are cut with "…", pieces that do not fit are left out whole.
// Data is escaped so that it cannot mention, link or format.
//
// A request over HTTP counts only if its signature is right, its time within
// five minutes and the same request was not seen before; what is refused is
// logged and counted by reason. A person's doing is acknowledged within two
// seconds whatever the bus does; the id of the event made of it is the same
// each time Slack delivers it.
package slack
