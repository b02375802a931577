package message

import (
	"github.com/parley-ops/parley/services/internal/evidence"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// The ids of controls that only a person's page has.
const (
	// UnsilenceButton ends the silence whose id is its value.
	UnsilenceButton = "unsilence"
	ExtendButton    = "extend"
	// LetEndButton answers that a silence may end.
	LetEndButton = "letend"
	// MuteButton mutes the policy that its value names.
	MuteButton = "mute"
)

// Row returns an open incident as one of a list: what, where, since when, who is
// on it, and what can be done about the conversation. link is where its message
// can be read; may be empty.
func Row(r *record.Record, link string, i evidence.Importance) []chat.Part {
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
	if link != "" {
		since = append(since, chat.P(" · "), chat.L("Open", link))
	}
	lines := chat.Lines{{chat.P(icon(r) + " "), chat.B(Cut(record.Finding(c), 200)), chat.P(" "), chat.C(Short(r.ID))}}
	if line := where(c); len(line) > 0 {
		lines = append(lines, line)
	}
	lines = append(lines, since)
	if words := i.Words(); words != "" {
		lines = append(lines, chat.Line{chat.P("importance " + words)})
	}
	var row chat.Buttons
	if r.Ack == nil {
		row = append(row, chat.Button{ID: AckButton, Text: "Acknowledge", Value: r.ID})
	}
	return []chat.Part{lines, append(row, more(r, false))}
}
