package message

import (
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// UnsilenceButton ends the silence whose id is its value.
const UnsilenceButton = "unsilence"

// Row returns an open incident as one of a list: what, where, since when, who is
// on it, and what can be done about the conversation.
func Row(r *record.Record) []chat.Part {
	c := r.Incident()
	since := chat.Line{chat.P("since "), chat.T(c.GetOpenedAt().AsTime())}
	if r.Ack != nil {
		since = append(since, chat.P(" · 👀 "), person(r.Ack.By))
	}
	if r.Assigned != nil {
		since = append(since, chat.P(" · 👤 "), person(r.Assigned.To))
	}
	if r.Mute != nil {
		since = append(since, chat.P(" · 🔕"))
	}
	lines := chat.Lines{{chat.P(icon(r) + " "), chat.B(Cut(record.Finding(c), 200)), chat.P(" "), chat.C(Short(r.ID))}}
	if line := where(c); len(line) > 0 {
		lines = append(lines, line)
	}
	var row chat.Buttons
	if r.Ack == nil {
		row = append(row, chat.Button{ID: AckButton, Text: "Acknowledge", Value: r.ID})
	}
	return []chat.Part{append(lines, since), append(row, more(r, false))}
}
