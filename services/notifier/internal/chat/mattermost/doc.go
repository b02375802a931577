// Package mattermost speaks to a Mattermost server as a bot: messages that are
// edited through the incident's life, with the chart, threads, and buttons that
// act.
//
// # Guarantees
//
// A message carries its key in its properties and is found again by it: none is
// doubled when an answer is lost.
//
// A click counts only with a token that Parley made for that button, value and
// channel, which the server keeps from its users; who clicked is what the server
// says. A button that asks again opens a dialog; its answer counts for the
// person who was asked, for five minutes.
//
// Data is never markup or a mention. Errors carry no token.
package mattermost
