// Package unit knows what numbers count: which unit a metric's name betrays,
// how a threshold with a unit ("500ms", "2GiB", "80%") reads in the unit of a
// series, and how people like to see a value.
//
// All functions are pure. An unknown unit is never an error: it is written
// behind the number as it stands.
package unit
