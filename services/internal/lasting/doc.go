// Package lasting says how long a silence lasts that a person asks for, in the
// chat and at the command line alike:
//
//	lasting.Of(0, false)           // nothing said: until what it is about resolves, a day at most
//	lasting.Of(2*time.Hour, false) // that long
//	lasting.Of(0, true)            // until what it is about resolves, a week at most
//
// It is pure.
package lasting
