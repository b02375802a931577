package message

import (
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// RejectForm is the callback of the form that asks why a run is not to be.
const RejectForm = "reject-run"

// Reject is the form that asks why a run is not to be.
func Reject(run *record.Run, about About) chat.Form {
	c := run.State()
	shown := chat.Lines{{chat.B(Cut(name(run), 100)), chat.P(", asked for by " + run.By.Mention())}}
	if p := c.GetPlan(); p != "" {
		shown = append(shown, chat.Line{chat.P("▸ " + Cut(p, 500))})
	}
	return chat.Form{Callback: RejectForm, Metadata: about.String(), Title: "Reject", Submit: "Reject", Fields: []chat.Field{
		{Kind: chat.Shown, ID: "about", Lines: shown},
		{ID: "reason", Label: "Why not?", Hint: "It stands in the thread and in the audit.", Kind: chat.Paragraph, Optional: true}}}
}
