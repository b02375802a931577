package message

import (
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/savings"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// Spoken returns what a notification or a screen reader says of an incident,
// by itself: how bad, what, where, how much against what it should be, and
// since when. What matters most comes first: a phone shows a line or two.
//
// ending: how it ended is said too.
func Spoken(r *record.Record, finding string, ending bool) string {
	c := r.Incident()
	parts := []string{strings.ToUpper(record.SeverityWord(c.GetSeverity())) + ": " + Cut(finding, 300)}
	if !r.Open() {
		parts[0] = record.EndWord(c) + ": " + Cut(finding, 300)
		if ending {
			parts[0] += " (" + record.Ending(c) + ")"
		}
	}
	if place := Cut(briefly(c), 160); place != "" {
		parts = append(parts, place)
	}
	if !r.Open() {
		return strings.Join(parts, " · ")
	}
	for _, k := range c.GetConditions() {
		if k.GetHolds() {
			parts = append(parts, measured(k))
			break
		}
	}
	since := c.GetOpenedAt().AsTime()
	if began := c.GetBeganAt(); began != nil {
		since = began.AsTime()
	}
	parts = append(parts, "since "+clock(since))
	switch {
	case r.Mute != nil:
		parts = append(parts, "silenced")
	case r.Ack != nil:
		parts = append(parts, r.Ack.By.Mention()+" is on it")
	}
	return strings.Join(parts, " · ")
}

// measured says what a condition's value is, and against what.
func measured(k *eventv1.ConditionState) string {
	name := savings.Words(k.GetMetric())
	text, said := asked(k)
	out := Cut(name, 100) + " " + unit.Format(k.GetValue(), k.GetUnit()) + ", " + Cut(text, 120)
	if k.GetHasThreshold() && !said {
		out += " (" + unit.Format(k.GetThreshold(), k.GetUnit()) + ")"
	}
	if k.GetHasBefore() && !strings.HasPrefix(k.GetMetric(), savings.Prefix) {
		out += ", was " + unit.Format(k.GetBefore(), k.GetUnit())
	}
	return out
}

// clock is a time where it cannot be shown in each reader's own zone.
func clock(t time.Time) string { return t.UTC().Format("2 Jan 15:04 UTC") }

// spokenLine is a line of the history in text.
func spokenLine(l record.Line) string {
	text := Cut(l.Text, 600)
	if l.By != nil {
		text = l.By.Mention() + " " + text
	}
	if !l.Until.IsZero() {
		text += " " + clock(l.Until)
	}
	if l.To != nil {
		text += " " + l.To.Mention()
	}
	return text + Cut(l.After, 600)
}
