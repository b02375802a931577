// Package all lists every kind of source. The list is the only place to add
// one to; a test compares it with the folders.
//
// It guarantees that a kind's name is used once: a second is a compile error.
package all
