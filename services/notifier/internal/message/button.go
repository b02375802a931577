package message

import (
	"fmt"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// The ids of controls; those of actions are RunButton and the action's name.
const (
	AckButton     = "acknowledge"
	SilenceMenu   = "silence"
	RunbookButton = "runbook"
	RunButton     = "run:"
	ApproveButton = "approve"
	RejectButton  = "reject"
)

// The choices of the silence menu.
const (
	Silence1h         = "1h"
	Silence4h         = "4h"
	SilenceTomorrow   = "tomorrow"
	SilenceTillSolved = "resolved"
)

// buttons returns what can be done about the incident. Values carry only the
// incident's id, for actions also the run's: what they mean is looked up when
// clicked.
func buttons(r *record.Record, c *eventv1.IncidentChanged, open bool, actions map[string]*eventv1.ActionDocument) chat.Buttons {
	var out chat.Buttons
	if open {
		for _, name := range c.GetActions() {
			doc := actions[name]
			if doc == nil || busy(r, name) || len(out) >= 20 {
				continue
			}
			out = append(out, action(r, doc))
		}
		if r.Ack == nil {
			out = append(out, chat.Button{ID: AckButton, Text: "Acknowledge", Value: r.ID})
		}
		out = append(out, chat.Menu{ID: SilenceMenu, Prompt: "Silence 1 h …", Options: []chat.Option{
			{Text: "Silence 1 h", Value: r.ID + "." + Silence1h}, {Text: "Silence 4 h", Value: r.ID + "." + Silence4h},
			{Text: "Silence until tomorrow", Value: r.ID + "." + SilenceTomorrow},
			{Text: "Silence until resolved", Value: r.ID + "." + SilenceTillSolved}}})
	}
	if c.GetRunbook() != "" {
		out = append(out, chat.Button{ID: RunbookButton, Text: "Runbook", URL: c.GetRunbook()})
	}
	return out
}

// busy reports whether a run of the action is under way.
func busy(r *record.Record, name string) bool {
	for _, run := range r.Runs {
		if run.Action == name && !run.Over() {
			return true
		}
	}
	return false
}

func action(r *record.Record, doc *eventv1.ActionDocument) chat.Button {
	title := Title(doc)
	text := title
	if r.Asked(doc.GetName()) > 0 {
		text += " again"
	}
	question := doc.GetConfirm()
	if question == "" {
		question = fmt.Sprintf("%s for this incident?", title)
	}
	if doc.GetNeedsApproval() {
		question += " A second person has to approve it."
	}
	return chat.Button{ID: RunButton + doc.GetName(), Text: text, Style: doc.GetStyle(), Value: r.ID + "." + r.NextRun(doc.GetName()),
		Confirm: &chat.Confirm{Title: title, Text: question, Yes: "Do it", No: "Leave it"}}
}

// Title returns what people call an action.
func Title(doc *eventv1.ActionDocument) string { return or(doc.GetTitle(), doc.GetName()) }
