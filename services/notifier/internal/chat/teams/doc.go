// Package teams tells channels of Microsoft Teams by Workflows' webhooks: an
// Adaptive Card with what is wrong, and buttons that open pages.
//
// # Guarantees
//
// A flow takes a message and says nothing of it: a change of the incident (that
// it is acknowledged, worse, resolved) is a card of its own, and a post whose
// answer was lost is posted again. A card is there at least once.
//
// Data stands in runs of text, which know no markup and no mentions. A card has
// at most 28 KB. Errors carry no webhook's URL.
package teams
