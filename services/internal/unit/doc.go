// Package unit knows what numbers count: which unit a metric's name betrays,
// how a threshold with a unit ("500ms", "2GiB", "80%") reads in the unit of a
// series, and how people like to see a value:
//
//	unit.Format(92.744, "%")         // "92.7 %"
//	unit.Format(1610612736, "bytes") // "1.5 GiB"
//	unit.Duration(12*time.Minute)    // "12 min"
//
// Charts, messages and the command line all write numbers with it, so that
// they say the same. All functions are pure. An unknown unit is never an
// error: it is written behind the number as it stands.
package unit
