// Package googlechat is the Google Chat backend, by a space's incoming webhook:
// a card, in one thread for each incident, with links as buttons.
//
// A webhook cannot edit, so that what changes is a new message in the thread:
// acknowledged, severity, resolved, what was done. It cannot hear either:
// buttons only open pages.
//
// # Guarantees
//
// Data cannot mention, format or link: in the text the signs that do are
// replaced by look-alikes, in the card they are escaped. A message stays below
// Google's 32,000 bytes. Telling again has the same requestId, by which Google
// takes it once. The URL, which is a secret, is in no error.
package googlechat
