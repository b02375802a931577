// Package house checks what the repository promises about itself: that every
// package says what it is for, that modules stand alone, that the top level
// stays as agreed. It has tests only.
package house
