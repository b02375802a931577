package message

import (
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// automatic says what runs by itself and when, and what did not and why: then
// people are asked.
func automatic(r *record.Record, v View) chat.Lines {
	if !r.Open() {
		return nil
	}
	title := func(name string) string {
		if doc := v.Actions[name]; doc != nil {
			return Title(doc)
		}
		return name
	}
	var lines chat.Lines
	if a, due := r.Automatic(); a != nil {
		lines = append(lines, chat.Line{chat.P("🤖 "), chat.B(title(a.GetAction())), chat.P(" runs by itself at "), chat.T(due), chat.P(", unless somebody is on it by then")})
	}
	for _, d := range r.Autos {
		if d.Why != "" && len(lines) < 4 {
			lines = append(lines, chat.Line{chat.P("🤖 "), chat.B(title(d.Action)), chat.P(" did not run by itself: " + Cut(d.Why, 300) + ". Please decide.")})
		}
	}
	return lines
}
