package message

import (
	"fmt"
	"time"

	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// flapping says that it comes and goes, in a line and the last episodes, and
// what goes before the message's text.
func flapping(r *record.Record, open bool) (lines chat.Lines, text string) {
	f := r.Flap
	if f == nil || f.Since.IsZero() {
		return nil, ""
	}
	last := f.Episodes[len(f.Episodes)-1]
	if !f.Over.IsZero() {
		return chat.Lines{{chat.P(fmt.Sprintf("🔁 it flapped: opened %d times, the last time ", f.Count)), chat.T(last.At), chat.P("; calm since")}}, ""
	}
	state := "resolved for now"
	if open {
		state = "open now"
	}
	often := fmt.Sprintf("%s time in %s", record.Nth(f.Count), about1(last.At.Sub(f.First)))
	lines = chat.Lines{{chat.P("🔁 "), chat.B("Flapping"), chat.P(": " + often + ", " + state)}}
	if f.Open > 0 {
		lines[0] = append(lines[0], chat.P(" · was open "+unit.Duration(f.Open)+" in all, "+unit.Duration(f.Longest)+" at the longest"))
	}
	line := chat.Line{chat.P("last: ")}
	shown := f.Episodes[max(0, len(f.Episodes)-4):]
	for i, e := range shown {
		if i > 0 {
			line = append(line, chat.P(" · "))
		}
		line = append(line, chat.T(e.At))
		if e.End.IsZero() {
			line = append(line, chat.P(" until now"))
		} else {
			line = append(line, chat.P(" for "+unit.Duration(e.End.Sub(e.At))))
		}
	}
	return append(lines, line), "Flapping, " + often + ", " + state + ": "
}

// about1 is a length of time, at least a minute.
func about1(d time.Duration) string { return unit.Duration(max(d, time.Minute)) }
