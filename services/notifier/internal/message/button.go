package message

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/remedy"
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
	UndoButton    = "undo"
	TestButton    = "test"
)

// mostActions is how many actions a message offers.
const mostActions = 20

// offered returns actions, those first that helped most.
func offered(names []string, v View) []string {
	out := slices.Clone(names)
	slices.SortStableFunc(out, func(a, b string) int { return remedy.Compare(v.Scores[a], v.Scores[b]) })
	return out
}

// demoted says which of the actions are offered last, and why.
func demoted(r *record.Record, v View) chat.Note {
	var note chat.Note
	for _, name := range r.Incident().GetActions() {
		if doc, why := v.Actions[name], v.Scores[name].Demoted; doc != nil && why != "" && len(note) < 3 {
			note = append(note, chat.Line{chat.P("⚠️ “" + Title(doc) + "” is offered last: " + why)})
		}
	}
	return note
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

func action(r *record.Record, doc *eventv1.ActionDocument, v View) chat.Button {
	title := Title(doc)
	text := title
	if r.Asked(doc.GetName()) > 0 {
		text += " again"
	}
	question := doc.GetConfirm()
	if question == "" {
		question = fmt.Sprintf("%s for this incident?", title)
	}
	nonce := r.NextRun(doc.GetName())
	plan := v.Plans[nonce]
	if doc.GetNeedsApproval() && len(plan.GetApprovers()) == 0 {
		question += " A second person has to approve it."
	}
	do, style := RunButton+doc.GetName(), doc.GetStyle()
	score, known := v.Scores[doc.GetName()], []string{}
	if score.Runs > 0 {
		text += fmt.Sprintf(" · fixed %d of %d", score.Fixed, score.Runs)
		known = append(known, capital(score.Words())+".")
	}
	if score.Demoted != "" {
		known = append(known, "⚠️ "+capital(score.Demoted)+".")
		if style == "primary" {
			style = ""
		}
	}
	if doc.GetForm() { // which shows the plan itself, and asks
		return chat.Button{ID: do, Text: Cut(text, 73) + " …", Style: style, Value: v.value(r, do, nonce, "")}
	}
	return chat.Button{ID: do, Text: text, Style: style, Value: v.value(r, do, nonce, plan.GetHash()),
		Confirm: &chat.Confirm{Title: title, Text: dialog(question, plan, known...), Yes: "Do it", No: "Leave it"}}
}

// undo returns the button that undoes a run, while that is offered.
func undo(r *record.Record, run *record.Run, v View) (b chat.Buttons, note chat.Line) {
	by, nonce, until, ok := r.Undoable(run, v.Now)
	doc := v.Actions[by]
	if !ok || doc == nil {
		return nil, nil
	}
	what := backwards(Title(doc))
	yes := capital(what)
	if len([]rune(yes)) > 30 { // as long as a chat takes
		yes = "Undo"
	}
	plan, known := v.Plans[nonce], []string{}
	note = chat.Line{chat.P("can be undone until "), chat.T(until)}
	if why := unsafe(r, run); why != "" {
		known = append(known, "⚠️ "+capital(why)+".")
		note = append(note, chat.P(" · ⚠️ "+why))
	}
	return chat.Buttons{chat.Button{ID: UndoButton, Text: "Undo: " + what, Value: v.value(r, UndoButton, nonce, plan.GetHash()),
		Confirm: &chat.Confirm{Title: "Undo", Text: dialog("“"+name(run)+"” is done. "+capital(what)+"?", plan, known...), Yes: yes, No: "Leave it"}}}, note
}

// backwards says what undoing does, of the title of the action that does it:
// "start it again" of "Start".
func backwards(title string) string {
	first, size := utf8.DecodeRuneInString(title)
	what := string(unicode.ToLower(first)) + title[size:]
	if what = strings.TrimSuffix(what, " again"); !strings.Contains(what, " ") {
		what += " it"
	}
	return what + " again"
}

func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// Title returns what people call an action.
func Title(doc *eventv1.ActionDocument) string { return or(doc.GetTitle(), doc.GetName()) }
