package message

import (
	"fmt"
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// dialogLetters is how long a confirm dialog's text may be: Slack's limit.
const dialogLetters = 300

// Wanted returns the runs that the buttons of a message would ask for: whose
// plans its dialogs show. run is the reply's, nil for the incident's message.
func Wanted(r *record.Record, run *record.Run, v View) []*eventv1.RunRequested {
	c := r.Incident()
	if run != nil {
		action, nonce, _, ok := r.Undoable(run, v.Now)
		if !ok || v.Actions[action] == nil {
			return nil
		}
		return []*eventv1.RunRequested{{RunId: nonce, Action: action, UndoOf: run.ID, Incident: c}}
	}
	if c == nil || !r.Open() {
		return nil
	}
	var out []*eventv1.RunRequested
	for _, name := range c.GetActions() {
		if v.Actions[name] != nil && !busy(r, name) && len(out) < mostActions {
			out = append(out, &eventv1.RunRequested{RunId: r.NextRun(name), Action: name, Incident: c})
		}
	}
	return out
}

// dialog is the text of a confirm dialog: the question, what exactly would be
// done, and what one should know before. What does not fit is left out from the
// end.
func dialog(question string, p *eventv1.RunPlan, known ...string) string {
	lines := []string{question}
	if p.GetRefused() != "" {
		lines = append(lines, "⚠️ It would be refused now: "+p.GetRefused())
	}
	if w := p.GetWords(); w != "" && !strings.Contains(question, w) {
		lines = append(lines, "▸ "+strings.TrimSuffix(w, ".")+".")
	}
	lines = append(lines, known...)
	if len(p.GetApprovers()) > 0 {
		lines = append(lines, fmt.Sprintf("A second person (%s) has to approve it within %s.", strings.Join(p.GetApprovers(), ", "), unit.Duration(p.GetApproveWithin().AsDuration())))
	}
	if p.GetUndo() != "" {
		lines = append(lines, fmt.Sprintf("Undo: %s, for %s.", p.GetUndo(), unit.Duration(p.GetUndoWithin().AsDuration())))
	}
	if scarce(p) && p.GetWords() != "" {
		lines = append(lines, fmt.Sprintf("%d of %d runs left this hour.", p.GetLeft(), p.GetOf()))
	}
	if c := p.GetChecks(); len(c) > 0 {
		lines = append(lines, "Checked first: "+strings.Join(c, "; ")+".")
	}
	text := ""
	for i, line := range lines {
		line = strings.Join(strings.Fields(line), " ")
		if i > 0 {
			line = "\n" + line
		}
		if left := dialogLetters - len([]rune(text)); len([]rune(line)) > left {
			if left > 20 || i == 0 {
				text += Cut(line, left)
			}
			break
		}
		text += line
	}
	return text
}

// PlanLines is a plan as a form shows it.
func PlanLines(question string, p *eventv1.RunPlan, second bool) chat.Lines {
	lines := chat.Lines{{chat.B(question)}}
	add := func(text string) { lines = append(lines, chat.Line{chat.P(Cut(text, 500))}) }
	if w := p.GetWords(); w != "" {
		lines = append(lines, chat.Line{chat.P("▸ "), chat.B(Cut(w, 500))})
	}
	if p.GetRefused() != "" {
		add("⚠️ Not as it stands: " + p.GetRefused())
	}
	switch {
	case len(p.GetApprovers()) > 0:
		add("✋ A second person (" + strings.Join(p.GetApprovers(), ", ") + ") has to approve it within " + unit.Duration(p.GetApproveWithin().AsDuration()))
	case second:
		add("✋ A second person has to approve it")
	}
	if p.GetUndo() != "" {
		add("↩️ Undo: " + p.GetUndo() + ", for " + unit.Duration(p.GetUndoWithin().AsDuration()))
	}
	if scarce(p) {
		add(fmt.Sprintf("%d of %d runs left this hour", p.GetLeft(), p.GetOf()))
	}
	if c := p.GetChecks(); len(c) > 0 {
		add("Checked first: " + strings.Join(c, "; "))
	}
	if p.GetHash() != "" {
		lines = append(lines, chat.Line{chat.P("plan "), chat.C(shortHash(p.GetHash()))})
	}
	return lines
}

// shortHash is enough of a plan's hash for two people to see that they look at
// the same.
func shortHash(hash string) string { return hash[:min(len(hash), 8)] }

// waiting says since when a run waits for whom, in the incident's message.
func waiting(c *eventv1.RunChanged) chat.Line {
	var line chat.Line
	if t := c.GetRequestedAt(); t != nil {
		line = append(line, chat.P(" since "), chat.T(t.AsTime()))
	}
	if a := c.GetApprovers(); len(a) > 0 {
		line = append(line, chat.P("; may approve: "+Cut(strings.Join(a, ", "), 200)))
	}
	if t := c.GetExpiresAt(); t != nil {
		line = append(line, chat.P("; until "), chat.T(t.AsTime()))
	}
	return line
}

// unsafe says why undoing a run may do harm by now; "" if nothing is known that
// speaks against it.
func unsafe(r *record.Record, run *record.Run) string {
	done := run.State()
	var why []string
	switch done.GetVerification().GetEffect() {
	case eventv1.Effect_EFFECT_RECOVERED, eventv1.Effect_EFFECT_BETTER:
		why = append(why, "it helped, so this may bring the incident back")
	}
	for _, o := range r.Runs {
		c := o.State()
		if o.ID != run.ID && o.UndoOf == "" && c.GetState() == eventv1.RunState_RUN_STATE_DONE && !c.GetDryRun() && c.GetStartedAt().AsTime().After(done.GetFinishedAt().AsTime()) {
			why = append(why, name(o)+" was done since")
			break
		}
	}
	return strings.Join(why, "; ")
}

// scarce reports whether half of an hour's runs or less are left: before that
// nobody has to be told.
func scarce(p *eventv1.RunPlan) bool { return p.GetOf() > 0 && 2*p.GetLeft() <= p.GetOf() }
