package record

import (
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/unit"
)

// Question is where a policy's question to the owner stands.
type Question struct {
	// Asked is when it was first told: the owner's time begins then.
	Asked time.Time `json:"asked"`
	// Answered by a silence; an acknowledgement and a run are in the record.
	Answered bool `json:"answered,omitempty"`
	// Lapsed is when nobody had answered in time.
	Lapsed time.Time `json:"lapsed,omitzero"`
	// Run is the run that is asked for because of that; Sent: the actioner was
	// asked for it.
	Run  string `json:"run,omitempty"`
	Sent bool   `json:"sent,omitempty"`
	// Audited is how much of it is in the audit: 1 that it was asked, 2 also that
	// nobody answered and nothing is done.
	Audited int `json:"audited,omitempty"`
}

// Parley is who asks for a run when nobody answered.
var Parley = Who{Backend: "parley", ID: "parley", Name: "parley"}

// AskOwner notes that the question is told now, if there is one.
func (r *Record) AskOwner(now time.Time) {
	if r.Question == nil && !r.Held && r.Open() && r.Incident().GetAsk() != nil {
		r.Question = &Question{Asked: now}
	}
}

// Waiting returns the question that waits for an answer and until when; nil if
// none does: somebody acknowledged, silenced, or asked for a run, or it is over.
func (r *Record) Waiting() (ask *eventv1.Ask, due time.Time) {
	ask = r.Incident().GetAsk()
	q := r.Question
	if ask == nil || q == nil || q.Answered || !q.Lapsed.IsZero() || !r.Open() || r.Ack != nil || len(r.Runs) > 0 {
		return nil, time.Time{}
	}
	return ask, q.Asked.Add(ask.GetWithin().AsDuration())
}

// Lapse takes what the policy says is done when nobody answers, if it is time.
// title is the action's; refused says why it may not be run, in words. It
// reports whether it did.
func (r *Record) Lapse(now time.Time, title, refused string) bool {
	ask, due := r.Waiting()
	if ask == nil || now.Before(due) {
		return false
	}
	q := r.Question
	q.Lapsed = now
	text := "nobody answered within " + unit.Duration(ask.GetWithin().AsDuration()) + ": "
	switch action := ask.GetOtherwise(); {
	case action == "":
		text += "it is kept as it is"
	case refused != "":
		text += title + " was to be run, but " + refused + "; it is kept as it is"
	default:
		text += title + " is asked for"
		q.Run = r.NextRun(action)
		r.Ask(q.Run, action, title, Parley, now)
	}
	r.note(Line{At: now, Icon: "⌛", Text: text, Loud: true})
	return true
}

// Undoable returns the action that undoes a run and the nonce of the run to ask
// for; false if it cannot be undone (any more).
func (r *Record) Undoable(run *Run, now time.Time) (action, nonce string, until time.Time, ok bool) {
	c := run.State()
	action, until = c.GetUndoAction(), c.GetUndoUntil().AsTime()
	if action == "" || c.GetState() != eventv1.RunState_RUN_STATE_DONE || c.GetUndoneBy() != "" || run.UndoOver || !now.Before(until) {
		return "", "", until, false
	}
	n := 0
	for _, o := range r.Runs {
		if o.UndoOf != run.ID {
			continue
		}
		if !o.Over() || o.State().GetState() == eventv1.RunState_RUN_STATE_DONE || o.State().GetState() == eventv1.RunState_RUN_STATE_UNKNOWN {
			return "", "", until, false
		}
		n++
	}
	return action, RunID(r.ID, "undo/"+run.ID, n), until, true
}

// EndUndo notes that the time to undo runs has passed, so that their messages
// say so. It reports whether any did.
func (r *Record) EndUndo(now time.Time) bool {
	ended := false
	for _, run := range r.Runs {
		c := run.State()
		if run.UndoOver || c.GetUndoAction() == "" || c.GetUndoUntil() == nil || now.Before(c.GetUndoUntil().AsTime()) {
			continue
		}
		run.UndoOver, ended = true, true
		r.Rev++
		run.Rev = r.Rev
	}
	return ended
}

// Due returns when something is to be done about the record although nothing
// happens; zero: never.
func (r *Record) Due() time.Time {
	_, due := r.Waiting()
	if a, at := r.Automatic(); a != nil && (due.IsZero() || at.Before(due)) {
		due = at
	}
	if d := r.Unsent(); d != nil {
		due = d.At
	}
	if q := r.Question; q != nil && q.Run != "" && !q.Sent {
		due = q.Lapsed
	}
	if t := r.calmAt(); !t.IsZero() && (due.IsZero() || t.Before(due)) {
		due = t
	}
	if t := r.nagDue(); !t.IsZero() && (due.IsZero() || t.Before(due)) {
		due = t
	}
	for _, run := range r.Runs {
		if c := run.State(); c.GetUndoAction() != "" && c.GetUndoUntil() != nil && !run.UndoOver {
			if t := c.GetUndoUntil().AsTime(); due.IsZero() || t.Before(due) {
				due = t
			}
		}
	}
	return due
}
