// Package condition has the kinds of tests that a policy may put on a value:
// above, below, …; one file each and one line in kinds.go.
//
// A kind is a handful of pure functions of a value and numbers. It keeps
// nothing: how long a test holds, on which series, and what follows is package
// incident's. Every function may be called from any number of goroutines.
//
// NaN never holds a condition.
package condition
