// Package history keeps the recent samples of a series in about two bytes
// each: for charts, for the value before an incident, for questions.
//
// What is kept is what a chart can show: values to five significant digits
// (whole numbers under 100,000 exactly), times within a sixteenth of the
// series' interval. The newest value itself, which policies are judged on, is
// not from here.
//
// # Format
//
// A ring is one block of bytes: chunks, oldest first, each of its length (2
// bytes), count (1), decimal exponent (1), first time (8), first value (varint)
// and then per sample a varint of the value's difference; its lowest bit says
// that the time was not as expected and that a varint with the difference
// follows. A whole chunk is forgotten at a time. A Ring is not safe for several
// goroutines.
package history
