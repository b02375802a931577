package record

import "time"

// Feedback is what a person thinks of an incident's message.
type Feedback struct {
	By      Who       `json:"by"`
	At      time.Time `json:"at"`
	Verdict Verdict   `json:"verdict"`
	Comment string    `json:"comment,omitempty"`
}

// Verdict is whether a message was worth it.
type Verdict string

// The verdicts.
const (
	Useful Verdict = "useful"
	Noise  Verdict = "noise"
)

// mostFeedback bounds the people whose verdict a record keeps.
const mostFeedback = 100

// Judge notes a person's verdict: one each, of which the latest stands. It
// reports whether it is new; an older one that comes late is not.
func (r *Record) Judge(f Feedback) bool {
	text := "called it useful"
	if f.Verdict == Noise {
		text = "called it noise"
	}
	if f.Comment != "" {
		text += ": " + f.Comment
	}
	line := Line{At: f.At, Icon: "💬", Text: text, By: &f.By}
	said := func() {
		if len(r.Lines) < maxLines { // who cannot decide does not fill the thread
			r.Lines = append(r.Lines, line)
		}
		r.Rev++
	}
	for i, old := range r.Feedback {
		if !old.By.is(f.By) {
			continue
		}
		same := old.Verdict == f.Verdict && old.Comment == f.Comment
		if f.At.Before(old.At) || f.At.Equal(old.At) && same {
			return false
		}
		r.Feedback[i] = f
		if !same {
			said()
		}
		return true
	}
	if len(r.Feedback) >= mostFeedback {
		return false
	}
	r.Feedback = append(r.Feedback, f)
	said()
	return true
}

// is reports whether they are one person: at the command line all have the
// operator's id, so that there the name counts.
func (w Who) is(o Who) bool {
	return w.ID == o.ID && w.Backend == o.Backend && (w.Backend != "cli" || w.Name == o.Name)
}

// Verdicts returns how many people called it useful and how many noise.
func (r *Record) Verdicts() (useful, noise int) {
	for _, f := range r.Feedback {
		if f.Verdict == Noise {
			noise++
		} else {
			useful++
		}
	}
	return useful, noise
}
