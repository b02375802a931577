package chat

import "time"

// About is what a message is about, as data: for backends that page people or
// feed machines rather than show text. A message of the incident's thread has
// none.
type About struct {
	// ID is the incident's, or the group's, for ever.
	ID string
	// State is where it stands.
	State State
	// Severity is critical, warning or info.
	Severity string
	// Finding is what is wrong, in a sentence.
	Finding string
	Policy  string
	Team    string
	// Labels are the incident's, in its order.
	Labels []Label
	// Began is when the conditions began to hold; Ended is zero until it is
	// resolved.
	Began, Ended time.Time
	// AckedBy is the name of who works on it.
	AckedBy string
	Runbook string
	// Count is of how many incidents it stands for: 1, or a group's size.
	Count int
}

// Label is one name and value.
type Label struct{ Name, Value string }

// State is where an incident stands.
type State string

// The states of an incident; an acknowledged one is open too.
const (
	Open         State = "open"
	Acknowledged State = "acknowledged"
	Resolved     State = "resolved"
)
