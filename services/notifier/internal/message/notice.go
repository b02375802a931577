package message

import (
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// Notice returns the message of something said once.
func Notice(n *record.Notice) chat.Content {
	line := chat.Line{chat.P(n.Icon + " "), chat.P(n.Text)}
	text := n.Text
	if !n.Until.IsZero() {
		line = append(line, chat.P(" until "), chat.T(n.Until))
		text += " until " + n.Until.UTC().Format("2 Jan 15:04 MST")
	}
	lines := chat.Lines{line}
	for _, m := range n.More {
		lines = append(lines, chat.Line{chat.P(Cut(m, 300))})
	}
	out := chat.Content{Text: n.Icon + " " + text, Parts: []chat.Part{lines}}
	if n.Extend != "" {
		out.Parts = append(out.Parts, chat.Buttons{chat.Button{ID: ExtendButton, Text: "Extend 4 h", Value: n.Extend}, chat.Button{ID: LetEndButton, Text: "Let it end", Value: n.Extend}})
	}
	return out
}
