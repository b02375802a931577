// Package discord tells channels of Discord by their webhooks: an embed with
// the chart in it, edited through the incident's life, and link buttons.
//
// # Guarantees
//
// A message is edited by its id. It cannot be found again, because a webhook
// reads no history: a post whose answer was lost is posted again. A message is
// there at least once.
//
// Nobody is mentioned by what data contains: mentions are switched off, and
// their signs escaped. Errors carry no webhook's URL.
package discord
