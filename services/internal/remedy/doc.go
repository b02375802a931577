// Package remedy is how often an action helped: what buttons say of themselves.
//
//	s := remedy.Of(record)
//	s.Words() // "fixed 14 of 17 times, median 3 min"
//
// A record has the newest [Most] runs of one action for the incidents of one
// policy whose effect is known. All functions are pure: the actioner keeps the
// records by compare-and-set, and each run is in one once, by its id.
//
// An action is demoted when its last three runs did not end the incident, or
// fewer than a third of at least five did. One that helps again is not: nobody
// has to put it back.
package remedy
