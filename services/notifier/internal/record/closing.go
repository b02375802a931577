package record

import (
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Closing is the summary that ends an incident's thread.
type Closing struct {
	At time.Time `json:"at"`
	// Rev of the record when what it says last changed.
	Rev uint64 `json:"rev"`
}

// ClosingPart names the summary among an incident's messages.
const ClosingPart = "closing"

// close notes that the incident is over. Its summary is the last that is told.
func (r *Record) close(at time.Time) { r.Closing = &Closing{At: at, Rev: r.Rev + 1} }

// amend notes that the summary says something else: what an action did was found
// out later, or the picture of the end came.
func (r *Record) amend() {
	if r.Closing != nil {
		r.Closing.Rev = r.Rev
	}
}

// Show notes the picture that the messages are to show.
func (r *Record) Show(c *Chart) {
	r.Chart = c
	r.Rev++
	r.amend()
}

// closing returns what is to be done about the summary at a place where all else
// is told.
func (r *Record) closing(p *Place) Step {
	if r.Closing == nil || p.Moved != "" {
		return Step{}
	}
	s := p.Replies[ClosingPart]
	switch {
	case s == nil || s.TS == "":
		return Step{Kind: PostReply, Part: ClosingPart, Closing: true, Sent: s}
	case s.Rev < r.Closing.Rev:
		return Step{Kind: UpdateReply, Part: ClosingPart, Closing: true, Sent: s}
	}
	return Step{}
}

// Helped returns the runs after which it got better, and those that were tried
// beside them.
func (r *Record) Helped() (helped, tried []*Run) {
	for _, run := range r.Runs {
		c := run.State()
		switch c.GetState() {
		case eventv1.RunState_RUN_STATE_DONE, eventv1.RunState_RUN_STATE_FAILED, eventv1.RunState_RUN_STATE_UNKNOWN:
		default:
			continue
		}
		if c.GetDryRun() || run.UndoOf != "" {
			continue
		}
		switch c.GetVerification().GetEffect() {
		case eventv1.Effect_EFFECT_RECOVERED, eventv1.Effect_EFFECT_BETTER:
			helped = append(helped, run)
		default:
			tried = append(tried, run)
		}
	}
	return helped, tried
}
