package message

import (
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// decision are the buttons of a run that waits for a second person.
func decision(r *record.Record, run *record.Run, v View) chat.Buttons {
	c := run.State()
	return chat.Buttons{
		chat.Button{ID: ApproveButton, Text: "Approve", Value: v.value(r, ApproveButton, run.ID, c.GetPlanHash()), Style: "primary",
			Confirm: &chat.Confirm{Title: "Approve", Text: Cut(name(run)+", asked for by "+run.By.Mention()+":\n▸ "+or(c.GetPlan(), name(run))+"\nPlan "+shortHash(c.GetPlanHash())+": if it changes, this approval does not count.", dialogLetters), Yes: "Approve", No: "Cancel"}},
		chat.Button{ID: RejectButton, Text: "Reject", Value: v.value(r, RejectButton, run.ID, c.GetPlanHash()), Style: "danger"}}
}

// Approval returns a run that waits for a second person as one of a list, with
// its whole plan and the buttons to decide on it.
func Approval(r *record.Record, run *record.Run, v View) []chat.Part {
	c := run.State()
	lines := chat.Lines{{chat.P(runIcon(c) + " "), chat.B(name(run)), chat.P(" · run "), chat.C(Short(run.ID))}}
	if p := c.GetPlan(); p != "" {
		lines = append(lines, chat.Line{chat.P(Cut(p, 500))})
	}
	if i := r.Incident(); i != nil {
		lines = append(lines, chat.Line{chat.P("for " + icon(r) + " " + Cut(record.Finding(i), 200) + " "), chat.C(Short(r.ID))})
	}
	asked := chat.Line{chat.P("asked by "), askedBy(run), chat.P(" at "), chat.T(run.At)}
	if t := c.GetExpiresAt(); t != nil {
		asked = append(asked, chat.P(" · expires "), chat.T(t.AsTime()))
	}
	return []chat.Part{append(lines, asked), decision(r, run, v), chat.Note{{chat.P("plan "), chat.C(shortHash(c.GetPlanHash()))}}}
}
