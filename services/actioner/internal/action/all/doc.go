// Package all is the list of action kinds: one line each. A test compares it
// with the folders beside this one. A duplicate name does not compile.
package all
