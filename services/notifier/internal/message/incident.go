package message

import (
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/savings"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// Incident returns the message of an incident as told at a place.
func Incident(r *record.Record, p *record.Place, v View) chat.Content {
	c := r.Incident()
	open := r.Open()
	finding := or(v.Words.Title, record.Finding(c))
	out := chat.Content{Title: icon(r) + " " + finding, About: about(r)}
	out.About.Finding = finding
	if !open {
		finding = or(v.Words.Resolved, finding+over(r, c))
		out.Title = icon(r) + " " + finding
	}
	out.Text = Spoken(r, finding, v.Words.Resolved == "")
	if line, text := question(r, v); line != nil {
		out.Parts = append(out.Parts, line)
		out.Text = text + " " + out.Text
	}
	if len(v.Mentions) > 0 {
		out.Parts = append(out.Parts, chat.Lines{append(chat.Line{chat.P("👋 ")}, spaced(v.Mentions)...)})
	}
	out.Parts = append(out.Parts, head(r, c, open, v))
	if lines, text := flapping(r, open); lines != nil {
		out.Parts, out.Text = append(out.Parts, lines), text+out.Text
	}
	if lines := depends(r); len(lines) > 0 {
		out.Parts = append(out.Parts, lines)
	}
	if lines := v.Words.body(); len(lines) > 0 {
		out.Parts = append(out.Parts, lines)
	}
	if lines := conditions(c, open); len(lines) > 0 {
		out.Parts = append(out.Parts, lines)
	}
	if r.Chart != nil && r.Chart.File != "" {
		out.Parts = append(out.Parts, chat.Image{File: r.Chart.File, Alt: or(r.Chart.Alt, finding)})
	}
	if lines := append(doings(r, open), automatic(r, v)...); len(lines) > 0 {
		out.Parts = append(out.Parts, lines)
	}
	out.Parts = append(out.Parts, buttons(r, c, open, v)...)
	if note := demoted(r, v); open && len(note) > 0 {
		out.Parts = append(out.Parts, note)
	}
	note := small(r, c, p, v)
	if v.Words.Footer != "" {
		note = append(note, chat.Line{chat.P(v.Words.Footer)})
	}
	out.Parts = append(out.Parts, note)
	return out
}

func icon(r *record.Record) string {
	c := r.Incident()
	switch {
	case !r.Open():
		return record.EndIcon(c)
	case r.Mute != nil && r.Mute.Maintenance != "":
		return "🔧"
	case r.Mute != nil:
		return "🔕"
	case c.GetSeverity() == eventv1.Severity_SEVERITY_CRITICAL:
		return "🔴"
	case c.GetSeverity() == eventv1.Severity_SEVERITY_WARNING:
		return "🟠"
	}
	return "🔵"
}

// head says how bad, where and since when.
func head(r *record.Record, c *eventv1.IncidentChanged, open bool, v View) chat.Lines {
	since := c.GetOpenedAt().AsTime()
	if began := c.GetBeganAt(); began != nil {
		since = began.AsTime()
	}
	word := strings.ToUpper(record.SeverityWord(c.GetSeverity()))
	first := chat.Line{chat.B(word), chat.P(" since "), chat.T(since)}
	if !open {
		ending := record.Ending(c)
		first = chat.Line{chat.B(strings.ToUpper(ending[:1]) + ending[1:]), chat.P(" · was " + strings.ToLower(word) + " since "), chat.T(since)}
	}
	if open && c.GetReason() == eventv1.IncidentReason_INCIDENT_REASON_NO_DATA {
		first = append(first, chat.P(" · no data comes"))
	}
	lines := chat.Lines{first}
	if line := where(c); len(line) > 0 {
		lines = append(lines, line)
	}
	if open && c.GetPreviousId() != "" && (r.Flap == nil || r.Flap.Since.IsZero()) {
		before := chat.C(Short(c.GetPreviousId()))
		if v.Previous != "" {
			before = chat.L("the one before", v.Previous)
		}
		lines = append(lines, chat.Line{chat.P("🔁 again: it was resolved less than a day ago ("), before, chat.P(")")})
	}
	if url := c.GetRunbook(); url != "" {
		lines = append(lines, chat.Line{chat.P("📖 "), chat.L("Runbook", url)})
	}
	return lines
}

// doings says who does what about it.
func doings(r *record.Record, open bool) chat.Lines {
	var lines chat.Lines
	if a := r.Ack; a != nil && open {
		line := chat.Line{chat.P("👀 "), person(a.By), chat.P(" is on it since "), chat.T(a.At)}
		if a.Comment != "" {
			line = append(line, chat.P(": "+Cut(a.Comment, 200)))
		}
		lines = append(lines, line)
	}
	if a := r.Assigned; a != nil && open && (r.Ack == nil || !r.Ack.By.Is(a.To)) {
		lines = append(lines, chat.Line{chat.P("👤 assigned to "), person(a.To), chat.P(" by "), person(a.By), chat.P(" since "), chat.T(a.At)})
	}
	if m := r.Mute; m != nil && open {
		line := chat.Line{chat.P("🔕 silenced until "), chat.T(m.Until), chat.P(" by "), chat.B(m.By)}
		if m.Maintenance != "" {
			line = chat.Line{chat.P("🔧 in maintenance until "), chat.T(m.Until), chat.P(": "), chat.B(Cut(m.Maintenance, 100))}
		} else if m.UntilResolved {
			line = chat.Line{chat.P("🔕 silenced until it resolves, by "), chat.B(m.By)}
		}
		lines = append(lines, line)
	}
	for _, run := range r.Runs[max(0, len(r.Runs)-5):] {
		lines = append(lines, runLine(run))
	}
	if line := judged(r); line != nil {
		lines = append(lines, line)
	}
	return lines
}

func small(r *record.Record, c *eventv1.IncidentChanged, p *record.Place, v View) chat.Note {
	line := chat.Line{chat.P("policy "), chat.C(Cut(c.GetPolicy(), 100)), chat.P(" · incident "), chat.C(Short(r.ID))}
	if d := c.GetDataAge(); d != nil {
		age := "less than 1 s"
		if d.AsDuration() >= time.Second {
			age = unit.Duration(d.AsDuration())
		}
		line = append(line, chat.P(" · data "+age+" old when judged"))
	}
	note := chat.Note{line}
	if words := v.Importance.Words(); words != "" && r.Open() {
		note = append(note, chat.Line{chat.P("importance " + words)})
	}
	if priced(c) {
		note = append(note, chat.Line{chat.P("prices: " + savings.Note())})
	}
	if p != nil && len(p.Told) > 0 && len(v.Mentions) == 0 { // an edit names nobody anew
		note = append(note, chat.Line{chat.P("named: " + Cut(strings.Join(p.Told, ", "), 200))})
	}
	if p != nil && p.Why != "" {
		note = append(note, chat.Line{chat.P("⏫ " + p.Why)})
	}
	if p != nil && p.Note != "" {
		note = append(note, chat.Line{chat.P("⚠️ " + p.Note)})
	}
	return note
}

func person(w record.Who) chat.Span {
	if w.Backend == "cli" {
		return chat.B(w.Mention() + " (command line)")
	}
	return chat.U(w.ID, w.Mention())
}

// Short returns the beginning of an id, enough for people.
func Short(id string) string {
	if len(id) > 8 {
		return id[:8]
	}
	return id
}

// Cut returns s with at most n characters.
func Cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
