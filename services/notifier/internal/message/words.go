package message

import "github.com/parley-ops/parley/services/notifier/internal/chat"

// Words are people's own words for an incident's message, filled in; what is
// empty is said in ours.
type Words struct {
	// Title stands for the finding while it is open, Resolved once it is over.
	Title, Resolved string
	// Lines come below where it is, Footer is small print.
	Lines  []string
	Footer string
}

func (w Words) body() chat.Lines {
	var out chat.Lines
	for _, l := range w.Lines {
		out = append(out, chat.Line{chat.P(l)})
	}
	return out
}
