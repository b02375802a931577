package inbound

import (
	"context"
	"fmt"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/evidence"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
	"github.com/parley-ops/parley/services/notifier/internal/silence"
)

// rows is how long a list gets on a phone.
const rows = 20

// incidents answers with what is open.
func (h *Handler) incidents(ctx context.Context, a *ask) (chat.Content, error) {
	every := h.open(ctx)
	all := h.filtered(ctx, every, a)
	switch {
	case len(every) == 0:
		return chat.Say("✅ Nothing is open."), nil
	case len(all) == 0:
		return chat.Say(fmt.Sprintf("✅ Nothing of that is open; %d incidents are, without the filter.", len(every))), nil
	}
	now := time.Now()
	text := fmt.Sprintf("%d open", len(all))
	if len(all) < len(every) {
		text += fmt.Sprintf(" of %d", len(every))
	}
	var lines chat.Lines
	for i, c := range all {
		if i == rows {
			lines = append(lines, chat.Line{chat.P(fmt.Sprintf("… and %d more", len(all)-i))})
			break
		}
		line := chat.Line{chat.P(dot(c.GetSeverity()) + " "), chat.C(message.Short(c.GetId())), chat.P(" " + message.Cut(record.Finding(c), 150)),
			chat.P(" · " + unit.Duration(now.Sub(c.GetOpenedAt().AsTime())))}
		if r, err := h.Store.Get(ctx, c.GetId()); err == nil && r != nil && r.Ack != nil {
			line = append(line, chat.P(" · 👀 "+r.Ack.By.Mention()))
		}
		if s := h.Silences().Mutes(c, now); s != nil {
			line = append(line, chat.P(" · 🔕"))
		}
		if i := h.importance(c, now); i.Level != evidence.Unknown {
			line = append(line, chat.P(" · importance "+i.Level.String()))
		}
		lines = append(lines, line)
	}
	return chat.Content{Text: text, Title: text, Parts: []chat.Part{lines}}, nil
}

// filtered returns those that a command's filters let through.
func (h *Handler) filtered(ctx context.Context, all []*eventv1.IncidentChanged, a *ask) []*eventv1.IncidentChanged {
	if len(a.Matchers) == 0 && !a.Mine {
		return all
	}
	by := who(a.in)
	var out []*eventv1.IncidentChanged
	for _, c := range all {
		if !a.Matchers.Match(silence.Labels(c)) {
			continue
		}
		if a.Mine {
			r, err := h.Store.Get(ctx, c.GetId())
			if err != nil || r == nil || r.Ack == nil || r.Ack.By.ID != by.ID || r.Ack.By.Backend != by.Backend {
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

func dot(s eventv1.Severity) string {
	switch s {
	case eventv1.Severity_SEVERITY_CRITICAL:
		return "🔴"
	case eventv1.Severity_SEVERITY_WARNING:
		return "🟠"
	}
	return "🔵"
}

// open returns the open incidents, the most important first: as the
// evaluators know them, and while some do not answer also as the notifier does.
func (h *Handler) open(ctx context.Context) []*eventv1.IncidentChanged {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	answers, err := bus.QueryAll(ctx, h.Conn, &eventv1.Query{Query: &eventv1.Query_Incidents{Incidents: &eventv1.IncidentQuery{}}})
	var out []*eventv1.IncidentChanged
	seen := map[string]bool{}
	for _, a := range answers {
		for _, c := range a.GetIncidents() {
			if c.GetState() == eventv1.IncidentState_INCIDENT_STATE_OPEN {
				out = append(out, c)
				seen[c.GetId()] = true
			}
		}
	}
	if err != nil {
		for _, r := range h.Store.Remembered() {
			if r.Open() && !seen[r.ID] {
				out = append(out, r.Incident())
			}
		}
	}
	evidence.Sort(out, h.Evidence, time.Now())
	return out
}
