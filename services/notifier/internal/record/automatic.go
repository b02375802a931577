package record

import (
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Auto is one decision about an action that the policy runs by itself.
type Auto struct {
	Action string    `json:"action"`
	At     time.Time `json:"at"`
	// Run is the run that is asked for; Sent: the actioner was asked for it, for
	// the plan with this hash.
	Run  string `json:"run,omitempty"`
	Sent bool   `json:"sent,omitempty"`
	Plan string `json:"plan,omitempty"`
	// Why says why it is not: people are asked instead.
	Why string `json:"why,omitempty"`
}

// Automatic returns the action that is to be run by itself next, and when; nil
// if none is: it ran as often as it may, a person ran it, or it is over.
func (r *Record) Automatic() (next *eventv1.Automatic, due time.Time) {
	c := r.Incident()
	if c == nil || !r.Open() {
		return nil, time.Time{}
	}
	for _, a := range c.GetAutomatic() {
		at, ok := r.automatic(a, c.GetOpenedAt().AsTime())
		if ok && (next == nil || at.Before(due)) {
			next, due = a, at
		}
	}
	return next, due
}

// automatic returns when an action is to be run by itself, and whether it is. It
// is tried again only when it is known that it did not help the last time.
func (r *Record) automatic(a *eventv1.Automatic, opened time.Time) (time.Time, bool) {
	at := opened
	done := uint32(0)
	for _, d := range r.Autos {
		if d.Action != a.GetAction() {
			continue
		}
		if d.Why != "" {
			return time.Time{}, false
		}
		done++
	}
	runs := uint32(0)
	for _, run := range r.Runs {
		if run.Action != a.GetAction() {
			continue
		}
		runs++
		c := run.State()
		switch {
		case c.GetState() == eventv1.RunState_RUN_STATE_FAILED:
			at = c.GetAt().AsTime()
		case c.GetState() == eventv1.RunState_RUN_STATE_DONE && c.GetVerification() != nil && c.GetUndoneBy() == "":
			at = c.GetVerification().GetAt().AsTime()
		default:
			return time.Time{}, false // under way, refused, or nobody knows
		}
	}
	if done >= max(a.GetTimes(), 1) || runs > done {
		return time.Time{}, false
	}
	return at.Add(a.GetAfter().AsDuration()), true
}

// Automate notes that an action runs by itself now, or why it does not: refused
// says so, in words. It reports whether that is new.
func (r *Record) Automate(now time.Time, a *eventv1.Automatic, title, plan, refused string) bool {
	next, due := r.Automatic()
	if next == nil || next.GetAction() != a.GetAction() || now.Before(due) {
		return false
	}
	d := &Auto{Action: a.GetAction(), At: now, Why: refused, Plan: plan}
	text := title + " runs by itself, as the policy says"
	if refused != "" {
		text = title + " was to run by itself, but " + refused + ": people decide"
	} else {
		d.Run = r.NextRun(a.GetAction())
		r.Ask(d.Run, a.GetAction(), title, Parley, now)
	}
	r.Autos = append(r.Autos, d)
	r.note(Line{At: now, Icon: "🤖", Text: text, Loud: refused != ""})
	return true
}

// Unsent returns a decision whose run the actioner was not asked for yet.
func (r *Record) Unsent() *Auto {
	for _, d := range r.Autos {
		if d.Run != "" && !d.Sent {
			return d
		}
	}
	return nil
}
