package message

import (
	"fmt"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/savings"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// Closing returns the summary that ends an incident's thread: how long it was,
// how bad it got, who was on it and after how long, what helped, how often it
// was before, and the picture of all of it. of names the incident where the
// thread is not its own.
func Closing(r *record.Record, v View, of string) chat.Content {
	c := r.Incident()
	ending := record.Ending(c)
	from, to := span(c, r.Closing.At)
	title := chat.Line{chat.P(record.EndIcon(c) + " "), chat.B(capital(ending)), chat.P(" · "), chat.T(from), chat.P(" to "), chat.T(to)}
	if of != "" {
		title = append(title, chat.P(" · "+Cut(of, 120)))
	}
	lines := chat.Lines{title}
	said := []string{capital(ending) + ": " + Cut(record.Finding(c), 200)}
	for _, text := range peaks(c) {
		lines = append(lines, chat.Line{chat.P("⛰ " + text)})
		said = append(said, text)
	}
	on := "nobody acknowledged it"
	if a := r.Ack; a != nil {
		after := "at once"
		if d := a.At.Sub(c.GetOpenedAt().AsTime()); d >= time.Second {
			after = "after " + unit.Duration(d)
		}
		lines = append(lines, chat.Line{chat.P("👀 "), person(a.By), chat.P(" was on it " + after)})
		on = a.By.Mention() + " was on it " + after
	} else {
		lines = append(lines, chat.Line{chat.P("👀 " + on)})
	}
	said = append(said, on)
	what, text := helped(r)
	lines, said = append(lines, what...), append(said, text)
	if v.Before >= 0 {
		again := "the first time within 7 days"
		if v.Before > 0 {
			again = fmt.Sprintf("%s time within 7 days", ordinal(v.Before+1))
		}
		lines, said = append(lines, chat.Line{chat.P("🔁 " + again)}), append(said, again)
	}
	out := chat.Content{Text: strings.Join(said, " · "), Parts: []chat.Part{lines}}
	if r.Chart != nil && r.Chart.File != "" && r.Drawn(r.Chart.Version) {
		out.Parts = append(out.Parts, chat.Image{File: r.Chart.File, Alt: or(r.Chart.Alt, said[0])})
	}
	return out
}

// span is from when to when an incident was open.
func span(c *eventv1.IncidentChanged, closed time.Time) (from, to time.Time) {
	if from, to = c.GetOpenedAt().AsTime(), closed; c.GetResolvedAt() != nil {
		to = c.GetResolvedAt().AsTime()
	}
	return from, to
}

// peaks says how bad it got, of the first two conditions.
func peaks(c *eventv1.IncidentChanged) []string {
	var out []string
	for _, k := range c.GetConditions() {
		if len(out) == 2 || strings.HasPrefix(k.GetMetric(), savings.Prefix) || k.GetPeak() == 0 && k.GetValue() == 0 {
			continue
		}
		word := "highest "
		if k.GetKind() == "below" {
			word = "lowest "
		}
		text, said := asked(k)
		line := Cut(k.GetMetric(), 100) + ": " + word + unit.Format(k.GetPeak(), k.GetUnit()) + " (condition: " + text
		if k.GetHasThreshold() && !said {
			line += ", " + unit.Format(k.GetThreshold(), k.GetUnit())
		}
		out = append(out, line+")")
	}
	return out
}

// helped says what was done about it, and whether that helped.
func helped(r *record.Record) (lines chat.Lines, text string) {
	good, tried := r.Helped()
	words := []string{}
	add := func(icon string, run *record.Run, text string) {
		if len(lines) < 4 {
			lines = append(lines, chat.Line{chat.P(icon + " "), chat.B(name(run)), chat.P(" by "), askedBy(run), chat.P(": " + text)})
			words = append(words, name(run)+": "+text)
		}
	}
	for _, run := range good {
		add("🔧", run, "helped ("+Cut(run.State().GetVerification().GetText(), 200)+")")
	}
	for _, run := range tried {
		c := run.State()
		text := runWords(c)
		if seen := c.GetVerification().GetText(); seen != "" {
			text = seen
		}
		add("➖", run, Cut(text, 200))
	}
	switch {
	case len(lines) > 0:
		return lines, strings.Join(words, " · ")
	case r.Incident().GetReason() == eventv1.IncidentReason_INCIDENT_REASON_RESOLVED_BY_PERSON:
		text = "no action was run"
	default:
		text = "no action was run: it ended without one"
	}
	return chat.Lines{{chat.P("🔧 " + text)}}, text
}

// ordinal writes a number as people count: 2nd, 3rd, 11th.
func ordinal(n int) string {
	end := "th"
	if n/10%10 != 1 {
		switch n % 10 {
		case 1:
			end = "st"
		case 2:
			end = "nd"
		case 3:
			end = "rd"
		}
	}
	return "the " + count(n) + end
}
