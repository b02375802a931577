package inbound

import (
	"context"
	"strings"
	"sync"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/audit"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

const (
	// changesFor is how far back a home tells what changed.
	changesFor = 24 * time.Hour
	// changesWithin bounds the reading of it.
	changesWithin = 3 * time.Second
	// mostRead is how many of the audit's newest records are looked at.
	mostRead = 300
)

// changes remembers the audit's newest records; they never change.
type changes struct {
	mu   sync.Mutex
	last uint64
	all  []*eventv1.AuditRecord
}

// read returns what changed within a day, the newest first.
func (l *changes) read(ctx context.Context, c *bus.Conn, now time.Time) ([]*eventv1.AuditRecord, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	news, last, err := bus.Tail[*eventv1.AuditRecord](ctx, c, bus.AuditLog, l.last, mostRead)
	if err != nil {
		return nil, err
	}
	l.last = last
	for _, m := range news {
		if sign(m.Event) != "" {
			l.all = append(l.all, m.Event)
		}
	}
	kept := l.all[:0]
	for _, r := range l.all[max(0, len(l.all)-mostRead):] {
		if now.Sub(r.GetAt().AsTime()) < changesFor {
			kept = append(kept, r)
		}
	}
	clear(l.all[len(kept):])
	l.all = kept
	out, seen := make([]*eventv1.AuditRecord, 0, len(kept)), map[string]bool{}
	for i := len(kept) - 1; i >= 0; i-- {
		if !seen[kept[i].GetId()] { // one may be there twice
			seen[kept[i].GetId()] = true
			out = append(out, kept[i])
		}
	}
	return out, nil
}

// sign is that of a record that tells a change; empty for one that does not:
// what was only asked for, or looked at, or is said elsewhere on the page.
func sign(r *eventv1.AuditRecord) string {
	switch what := r.GetWhat(); {
	case strings.HasPrefix(what, "policy "):
		return "📜"
	case what == "silenced", what == "silence extended":
		return "🔕"
	case what == "unsilenced":
		return "🔔"
	case strings.HasPrefix(what, "maintenance"):
		return "🚧"
	case what == "done", what == "undone":
		return "☑️"
	case what == "failed":
		return "❌"
	case what == "unknown":
		return "❓"
	}
	return ""
}

// homeChanges says what changed within a day: policies, silences, maintenance,
// and what was done to the world, freezes among it.
func (h *Handler) homeChanges(ctx context.Context, now time.Time) []chat.Part {
	ctx, cancel := context.WithTimeout(ctx, changesWithin)
	defer cancel()
	all, err := h.changes.read(ctx, h.Conn, now)
	if err != nil {
		h.Log.Warn("what changed is not known", "err", err)
		return []chat.Part{chat.Note{{chat.P("What changed in the last day is not known at the moment.")}}}
	}
	if len(all) == 0 {
		return nil
	}
	lines := chat.Lines{{chat.B("Changed in the last 24 h")}}
	for i := 0; i < len(all); {
		r, same := all[i], 1
		for i+same < len(all) && folds(r, all[i+same]) {
			same++
		}
		i += same
		if len(lines) > homeRows {
			lines = append(lines, chat.Line{chat.P("… and more: "), chat.C("parley audit"), chat.P(" at the command line lists all")})
			break
		}
		lines = append(lines, changed(r, same))
	}
	return []chat.Part{lines}
}

// folds reports whether two changes, one after the other, are told in one line:
// a folder of policies that was applied.
func folds(a, b *eventv1.AuditRecord) bool {
	return strings.HasPrefix(a.GetWhat(), "policy ") && a.GetWhat() == b.GetWhat() && audit.Who(a) == audit.Who(b) &&
		a.GetAt().AsTime().Sub(b.GetAt().AsTime()).Abs() < 10*time.Minute
}

// changed is one change; same is how many like it it stands for.
func changed(r *eventv1.AuditRecord, same int) chat.Line {
	line := chat.Line{chat.P(sign(r) + " "), chat.T(r.GetAt().AsTime()), chat.P(" · ")}
	target := message.Cut(or(r.GetTarget(), "?"), 100)
	switch what := r.GetWhat(); {
	case same > 1:
		line = append(line, chat.P(what+": "), chat.C(target), chat.P(" and "+several(same-1, "other")))
	case strings.HasPrefix(what, "policy "):
		line = append(line, chat.P(what+": "), chat.C(target))
	case what == "silenced", what == "silence extended", what == "unsilenced":
		scope, until, ok := strings.Cut(r.GetReason(), " until ")
		line = append(line, chat.P(what+": "), chat.C(message.Cut(or(scope, target), 150)))
		if at, err := time.Parse(time.RFC3339, first(until)); ok && err == nil {
			line = append(line, chat.P(" until "), chat.T(at))
		}
	default:
		line = append(line, chat.B(target), chat.P(" "+what))
		if r.GetResult() != "" {
			line = append(line, chat.P(": "+message.Cut(r.GetResult(), 150)))
		}
	}
	if who := audit.Who(r); who != "" {
		line = append(line, chat.P(" · by "+message.Cut(who, 60)))
	}
	return line
}

// first returns the first word.
func first(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}
