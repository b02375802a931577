package message

import (
	"strings"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// Ping returns a reply that is to disturb people: whom it names stands first.
func Ping(p *record.Ping, mentions []chat.Span) chat.Content {
	line := chat.Line{chat.P(p.Icon + " ")}
	names := append([]chat.Span{}, mentions...)
	if p.Who != nil {
		names = append([]chat.Span{person(*p.Who)}, names...)
	}
	if len(names) > 0 {
		line = append(append(line, spaced(names)...), chat.P(" "))
	}
	line = append(line, chat.P(Cut(p.Text, 600)))
	return chat.Content{Text: strings.TrimSpace(called(names) + " " + Cut(p.Text, 600)), Parts: []chat.Part{chat.Lines{line}}}
}

// spaced returns spans with spaces between.
func spaced(spans []chat.Span) chat.Line {
	var line chat.Line
	for i, s := range spans {
		if i > 0 {
			line = append(line, chat.P(" "))
		}
		line = append(line, s)
	}
	return line
}

// called returns the names in text: "@ops @ada".
func called(spans []chat.Span) string {
	var out []string
	for _, s := range spans {
		out = append(out, "@"+strings.TrimPrefix(s.Text, "@"))
	}
	return strings.Join(out, " ")
}
