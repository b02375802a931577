package record

import "time"

// Assignment says whose an incident is, and who said so.
type Assignment struct {
	To Who       `json:"to"`
	By Who       `json:"by"`
	At time.Time `json:"at"`
}

// Is reports whether both are the same person.
func (w Who) Is(o Who) bool { return w.ID == o.ID && w.Backend == o.Backend }

// Assign makes the incident somebody's, or with nil nobody's. Who takes it is on
// it. It reports whether that is new.
func (r *Record) Assign(to *Who, by Who, at time.Time, comment string) bool {
	switch {
	case !r.Open(), to == nil && r.Assigned == nil, to != nil && r.Assigned != nil && r.Assigned.To.Is(*to):
		return false
	case r.Assigned != nil && !at.After(r.Assigned.At): // late: a newer one stands
		return false
	}
	line := Line{At: at, Icon: "👤", Text: "assigned it to nobody", By: &by}
	if to == nil {
		r.Assigned = nil
	} else {
		r.Assigned = &Assignment{To: *to, By: by, At: at}
		line.Text, line.To, line.Loud = "assigned it to", to, true
		if to.Is(by) {
			line.Text, line.To, line.Loud = "took it", nil, false
			if r.Ack == nil {
				r.Ack = &Ack{By: by, At: at, Comment: comment}
			}
		}
	}
	if comment != "" {
		line.After = ": " + comment
	}
	r.note(line)
	return true
}

// Unacknowledge notes that nobody works on it any more, and that somebody
// answered what was asked. It reports whether that is new.
func (r *Record) Unacknowledge(by Who, at time.Time) bool {
	if r.Ack == nil || !r.Open() || at.Before(r.Ack.At) {
		return false
	}
	text := "is not on it any more"
	if !r.Ack.By.Is(by) {
		text = "says that " + r.Ack.By.Mention() + " is not on it any more"
	}
	r.Ack = nil
	if r.Question != nil {
		r.Question.Answered = true
	}
	r.note(Line{At: at, Icon: "↩️", Text: text, By: &by, Loud: true})
	return true
}

// takesOver reports whether by may acknowledge what another is on: it is
// assigned to them.
func (r *Record) takesOver(by Who) bool {
	return r.Ack != nil && !r.Ack.By.Is(by) && r.Assigned != nil && r.Assigned.To.Is(by)
}
