// Package deadletter keeps what was bad: whole, with the reason in words, in
// the dead-letter stream of its team.
//
// # Guarantees
//
// A letter's done is called with nil only when the letter is stored; it is
// published until then, or until Run's context ends. The id makes a letter
// that is sent again the same letter. Letters wait in a bounded queue: a flood
// of bad input holds up its own publishers, and good input only through the
// bound on messages under way.
package deadletter
