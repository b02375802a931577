package queue

import (
	"slices"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/silence"
)

// mostTold bounds whom a group's message names.
const mostTold = 10

// names adds whom the routes of new members name to those whom a group's message
// is to name: each once, nobody in quiet hours.
func (l *lane) names(told []string, joins []*eventv1.IncidentChanged) []string {
	if l.s.Plan == nil || l.s.Mention == nil {
		return told
	}
	now := l.s.Now()
	told = slices.Clone(told)
	for _, c := range joins {
		if len(told) >= mostTold {
			break
		}
		p, word := l.s.Plan(c, l.channel), record.SeverityWord(c.GetSeverity())
		if _, quiet := p.QuietAt(now, word); quiet {
			continue
		}
		for _, name := range p.Mentions(word) {
			if name == "@owner" {
				owner := silence.Labels(c).Get("owner")
				if owner == "" {
					continue
				}
				name = "@" + owner
			}
			if !slices.Contains(told, name) && len(told) < mostTold {
				told = append(told, name)
			}
		}
	}
	return told
}

// naming puts those whom a group's first message names above what it says.
func (l *lane) naming(c chat.Content, told []string) chat.Content {
	if len(told) == 0 || l.s.Mention == nil {
		return c
	}
	line := chat.Line{chat.P("👋")}
	for _, s := range l.s.Mention(told, nil, l.channel) {
		line = append(line, chat.P(" "), s)
	}
	c.Parts = append([]chat.Part{chat.Lines{line}}, c.Parts...)
	return c
}
