package record

import (
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Cause is the incident that one probably follows from.
type Cause struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// Dependent is an incident that is held back because of this one.
type Dependent struct {
	ID   string    `json:"id"`
	Text string    `json:"text"`
	At   time.Time `json:"at"`
	End  time.Time `json:"end,omitzero"`
}

const (
	// mostDependents are listed, of which dependentLines in the thread.
	mostDependents = 200
	dependentLines = 30
)

// FollowsFrom notes the cause of an incident that is told already, in its
// thread. It reports whether that is new.
func (r *Record) FollowsFrom(c *eventv1.IncidentChanged, at time.Time) bool {
	if r.Cause != nil {
		return false
	}
	r.Cause = &Cause{ID: c.GetId(), Text: finding(c)}
	r.note(Line{At: at, Icon: "⛓️", Text: "probable cause: " + finding(c)})
	return true
}

// HoldBack notes in the cause's record that an incident is held back because of
// it, or how it stands now. It reports whether that is new.
func (r *Record) HoldBack(of *Record, at time.Time) bool {
	c := of.Incident()
	end := time.Time{}
	if !of.Open() {
		end = stamp(c.GetResolvedAt().AsTime(), c.GetAt().AsTime())
	}
	for i := range r.Dependents {
		if d := &r.Dependents[i]; d.ID == of.ID {
			if d.End.Equal(end) {
				return false
			}
			d.End = end
			r.Rev++
			return true
		}
	}
	if len(r.Dependents) >= mostDependents {
		return false
	}
	r.Dependents = append(r.Dependents, Dependent{ID: of.ID, Text: finding(c), At: stamp(c.GetOpenedAt().AsTime(), at), End: end})
	if r.Rev++; len(r.Dependents) <= dependentLines {
		r.Lines = append(r.Lines, Line{At: at, Icon: "⛓️", Text: "held back, it depends on this: " + finding(c)})
	}
	return true
}
