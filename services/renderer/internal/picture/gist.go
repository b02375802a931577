package picture

import (
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Gist is what it takes to see whether a further picture of an incident would
// show more than the one before.
type Gist struct {
	at       time.Time
	every    time.Duration
	state    eventv1.IncidentState
	severity eventv1.Severity
	silent   bool
	holds    uint64
}

// strip is which part of a picture's time has to pass before it is drawn anew
// for that alone: 30 s of half an hour, 5.6 h of two weeks.
const strip = 60

// GistOf returns that of a change, of which shown was drawn: a span of time, 0 if
// it was not.
func GistOf(change *eventv1.IncidentChanged, shown time.Duration) Gist {
	g := Gist{at: instant(change.GetAt()), every: shown / strip, state: change.GetState(), severity: change.GetSeverity(),
		silent: change.GetReason() == eventv1.IncidentReason_INCIDENT_REASON_NO_DATA}
	for i, c := range change.GetConditions() {
		if c.GetHolds() {
			g.holds |= 1 << (i % 64)
		}
	}
	return g
}

// Outdates reports whether a picture of g shows what one of an older change
// does not: the incident is another, or so much later that the line is longer.
func (g Gist) Outdates(older Gist) bool {
	return g.state != older.state || g.severity != older.severity || g.silent != older.silent || g.holds != older.holds ||
		g.at.Sub(older.at) >= older.every
}
