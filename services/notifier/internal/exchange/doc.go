// Package exchange makes one backend of several:
//
//	"#ops"              the default backend's channel
//	"mattermost:ops"    a channel of the backend named mattermost
//	"mail:team@example.org"
//
// Names come from the chats file ([Parse]). Ids of channels carry the name too,
// so that clicks and records say where they belong.
//
// # Guarantees
//
// Channels do not wait for each other: the exchange keeps no lock while a
// backend is called.
//
// A channel that only fails, five times and for two minutes, is disabled: it is
// tried once a minute and not in between, its operator is told once by another
// channel, the metric notifier_channel_disabled is 1, and `parley status` and
// /parley status name it. What is to be told
// there stays in the records, and is told as soon as a try succeeds; that is
// told the operator too. Rate limits are no failures.
//
// A picture is kept in memory until the messages that show it are edited
// ([picturesKept] bytes at most): after a restart in just that moment a message
// goes without it. The default backend's picture is uploaded as ever.
package exchange
