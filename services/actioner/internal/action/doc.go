// Package action is what an actioner can do to the world: the contract of a
// [Kind]. Each kind is a folder beside this file and one line in all/all.go,
// and must pass actiontest.Run.
//
// # Guarantees asked of a kind
//
// Its Maker reads its block and does no I/O. Plan is pure: the same values
// give the same words. Run may be called again with the same run id after its
// caller died; a kind that says it has a token ([Tokened]) has at most one
// effect then, and one that does not is never called again. What Run returns
// as an error says what became of the effect: [NotDone], [Failed] or
// [Unknown]; an error that says nothing counts as unknown. Run ends when its
// context does. No secret is ever in a result or an error.
package action
