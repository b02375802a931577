package message

import (
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// depends says what an incident follows from, and what follows from it.
func depends(r *record.Record) chat.Lines {
	var lines chat.Lines
	if r.Cause != nil && r.Open() {
		lines = append(lines, chat.Line{chat.P("⛓️ probable cause: " + Cut(r.Cause.Text, 200) + " "), chat.C(Short(r.Cause.ID))})
	}
	n := len(r.Dependents)
	if n == 0 {
		return lines
	}
	open := 0
	for _, d := range r.Dependents {
		if d.End.IsZero() {
			open++
		}
	}
	what := "⛓️ holds back " + incidents(n) + " of what depends on it"
	if !r.Open() {
		what = "⛓️ held back " + incidents(n) + " of what depends on it"
	}
	if open < n && r.Open() {
		what += ", " + count(open) + " still open"
	}
	return append(lines, chat.Line{chat.P(what + "; the thread lists them")})
}

func incidents(n int) string {
	if n == 1 {
		return "1 incident"
	}
	return count(n) + " incidents"
}
