// Package moment is times of the week as people state them, "Mon 08:00" in
// Europe/Berlin, and when they come next.
//
//	m, err := moment.Parse("Mon 08:00", "Europe/Berlin")
//	due := m.Next(time.Now())
//
// A moment is on the wall clock of its time zone. One that the clock jumps over
// in spring is as long after the jump as it would have been after it began; one
// that comes twice in autumn is the first. Time zones are in the program, so
// that they are the same on every machine. All functions are pure.
package moment
