package message

import (
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// name returns what people call the run's action.
func name(run *record.Run) string { return or(run.Title, run.Action) }

// runLine is a run in its incident's message: "⚙️ Collect garbage: running,
// asked by @x".
func runLine(run *record.Run) chat.Line {
	c := run.State()
	line := chat.Line{chat.P(runIcon(c) + " "), chat.B(name(run)), chat.P(": " + runWords(c) + ", asked by "), askedBy(run)}
	if c.GetState() == eventv1.RunState_RUN_STATE_AWAITING_APPROVAL {
		line = append(line, waiting(c)...)
	}
	if s := c.GetProgress(); s != "" {
		line = append(line, chat.P(" · ⏳ "+Cut(s, 150)))
	}
	if v := c.GetVerification(); v.GetText() != "" {
		line = append(line, chat.P(" · "+effectIcon(v.GetEffect())+" "+Cut(v.GetText(), 200)))
	}
	return line
}

// Run returns the reply about a run in its incident's thread.
func Run(r *record.Record, run *record.Run, v View) chat.Content {
	c := run.State()
	out := chat.Content{Text: name(run) + ": " + runWords(c)}
	lines := chat.Lines{{chat.P(runIcon(c) + " "), chat.B(name(run)), chat.P(" · " + runWords(c))}}
	if p := c.GetPlan(); p != "" {
		lines = append(lines, chat.Line{chat.P(Cut(p, 500))})
	}
	asked := chat.Line{chat.P("asked by "), askedBy(run), chat.P(" · "), chat.T(run.At), chat.P(" · run "), chat.C(Short(run.ID))}
	if c.GetDryRun() {
		asked = append(asked, chat.P(" · dry run: nothing is changed"))
	}
	lines = append(lines, asked)
	result := c.GetResult()
	if d := c.GetDecidedBy().GetPerson(); d != nil {
		line := chat.Line{chat.P("approved by "), person(record.Who{Backend: c.GetDecidedBy().GetBackend(), ID: d.GetId(), Name: d.GetName()})}
		if c.GetState() == eventv1.RunState_RUN_STATE_REJECTED {
			line[0] = chat.P("rejected by ")
			if why, said := strings.CutPrefix(result, d.GetName()+" said no"); said { // the line says who
				line, result = append(line, chat.P(Cut(why, 400))), ""
			}
		}
		lines = append(lines, line)
	}
	if c.GetStartedAt() != nil && c.GetFinishedAt() != nil {
		lines = append(lines, chat.Line{chat.P("took " + unit.Duration(c.GetFinishedAt().AsTime().Sub(c.GetStartedAt().AsTime())))})
	}
	if s := c.GetProgress(); s != "" {
		lines = append(lines, chat.Line{chat.P("⏳ " + Cut(s, 300) + " (seen at "), chat.T(c.GetAt().AsTime()), chat.P(")")})
	}
	if result != "" {
		lines = append(lines, chat.Line{chat.P(Cut(result, 800))})
	}
	if s := saving(c); s != "" {
		lines = append(lines, chat.Line{chat.P("💰 " + s)})
	}
	if seen := c.GetVerification(); seen.GetText() != "" {
		out.Text = name(run) + ": " + seen.GetText()
		lines = append(lines, chat.Line{chat.P(effectIcon(seen.GetEffect()) + " "), chat.B(Cut(seen.GetText(), 300))})
	}
	if at := c.GetUndoAt(); at != nil && c.GetUndoneBy() == "" && c.GetState() == eventv1.RunState_RUN_STATE_DONE {
		lines = append(lines, chat.Line{chat.P("⏰ is undone by itself at "), chat.T(at.AsTime())})
	}
	out.Parts = append(out.Parts, lines)
	if b, note := undo(r, run, v); b != nil {
		out.Parts = append(out.Parts, b, chat.Note{note})
	}
	if c.GetState() == eventv1.RunState_RUN_STATE_AWAITING_APPROVAL {
		if len(v.Deciders) > 0 {
			out.Text += ": " + called(v.Deciders)
			out.Parts = append(out.Parts, chat.Lines{append(append(chat.Line{chat.P("👋 ")}, spaced(v.Deciders)...), chat.P(": please decide"))})
		}
		if a := c.GetApprovers(); len(a) > 0 {
			out.Parts = append(out.Parts, chat.Note{{chat.P("may approve: " + Cut(strings.Join(a, ", "), 300) + ", but not the one who asked")}})
		}
		if t := c.GetExpiresAt(); t != nil {
			out.Parts = append(out.Parts, chat.Note{{chat.P("expires "), chat.T(t.AsTime()), chat.P(" · plan "), chat.C(shortHash(c.GetPlanHash()))}})
		}
		out.Parts = append(out.Parts, decision(r, run, v))
	}
	return out
}

// Picture returns the reply with a run's before-and-after chart.
func Picture(run *record.Run) chat.Content {
	p := run.Picture
	text := name(run) + ": before and after"
	if v := run.State().GetVerification().GetText(); v != "" {
		text = name(run) + ": " + v
	}
	out := chat.Content{Text: text, Parts: []chat.Part{chat.Lines{{chat.P("📈 "), chat.B(text)}}}}
	if p != nil && p.File != "" {
		out.Parts = append(out.Parts, chat.Image{File: p.File, Alt: or(p.Alt, text)})
	} else if p != nil && p.Alt != "" {
		out.Parts = append(out.Parts, chat.Lines{{chat.P(p.Alt)}})
	}
	return out
}

// Lines returns a reply with a piece of the history. of names the incident
// where the thread is not its own.
func Lines(lines []record.Line, of string) chat.Content {
	var out chat.Lines
	text := ""
	for _, l := range lines {
		line := chat.Line{chat.P(l.Icon + " "), chat.T(l.At), chat.P(" · ")}
		if of != "" {
			line = append(line, chat.C(Cut(of, 80)), chat.P(" "))
		}
		if l.By != nil {
			line = append(line, person(*l.By), chat.P(" "))
		}
		line = append(line, chat.P(Cut(l.Text, 600)))
		if !l.Until.IsZero() {
			line = append(line, chat.P(" "), chat.T(l.Until))
		}
		if l.To != nil {
			line = append(line, chat.P(" "), person(*l.To))
		}
		if l.After != "" {
			line = append(line, chat.P(Cut(l.After, 600)))
		}
		out = append(out, line)
		text = spokenLine(l)
	}
	return chat.Content{Text: text, Parts: []chat.Part{out}}
}

func runWords(c *eventv1.RunChanged) string {
	switch c.GetState() {
	case eventv1.RunState_RUN_STATE_REFUSED:
		return "refused"
	case eventv1.RunState_RUN_STATE_AWAITING_APPROVAL:
		return "waits for a second person's approval"
	case eventv1.RunState_RUN_STATE_REJECTED:
		return "rejected"
	case eventv1.RunState_RUN_STATE_EXPIRED:
		return "expired: nobody approved in time"
	case eventv1.RunState_RUN_STATE_STARTED:
		return "running"
	case eventv1.RunState_RUN_STATE_DONE:
		return "done"
	case eventv1.RunState_RUN_STATE_FAILED:
		return "failed"
	case eventv1.RunState_RUN_STATE_UNKNOWN:
		return "outcome unknown: please look"
	}
	return "requested"
}

func runIcon(c *eventv1.RunChanged) string {
	switch c.GetState() {
	case eventv1.RunState_RUN_STATE_REFUSED, eventv1.RunState_RUN_STATE_REJECTED, eventv1.RunState_RUN_STATE_EXPIRED:
		return "🚫"
	case eventv1.RunState_RUN_STATE_AWAITING_APPROVAL:
		return "✋"
	case eventv1.RunState_RUN_STATE_DONE:
		return "☑️"
	case eventv1.RunState_RUN_STATE_FAILED:
		return "❌"
	case eventv1.RunState_RUN_STATE_UNKNOWN:
		return "❓"
	}
	return "⚙️"
}

func effectIcon(e eventv1.Effect) string {
	switch e {
	case eventv1.Effect_EFFECT_RECOVERED:
		return "✅"
	case eventv1.Effect_EFFECT_BETTER:
		return "📉"
	case eventv1.Effect_EFFECT_NONE:
		return "➖"
	case eventv1.Effect_EFFECT_WORSE:
		return "🔺"
	}
	return "❔"
}
