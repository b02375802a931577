// Package shoutrrr is the long tail of chats, by the library of that name: Matrix,
// Telegram, Rocket.Chat, Zulip, ntfy, Gotify, Pushover, Lark, WeCom, Signal and
// others. They get text, and nothing else.
//
// A message goes out when an incident opens, is acknowledged, changes its severity,
// is resolved, and when something was done about it.
//
// # Guarantees
//
// Data cannot mention or format in the markups of those chats: the signs that
// do are replaced by look-alikes. The URL, which contains the token, is in no
// error and no log: of a failure only its kind and HTTP status are told.
//
// The library knows no deadline: after [api.Timeout] an attempt counts as unsure
// while its goroutine goes on; at most four do at once in a backend.
package shoutrrr
