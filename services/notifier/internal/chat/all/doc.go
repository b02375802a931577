// Package all lists the chat backends that exist. A test compares the list
// with the folders.
package all
