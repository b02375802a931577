package inbound

import (
	"context"
	"errors"
	"fmt"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

// replayFor bounds the replay behind an answer.
const replayFor = 20 * time.Second

// policyTest says at once that it looks, and then what the policy would have
// done over the history that the evaluators have.
func (h *Handler) policyTest(_ context.Context, a *ask, name string) (chat.Content, error) {
	a.then = func(ctx context.Context) (chat.Content, error) {
		ctx, cancel := context.WithTimeout(ctx, replayFor)
		defer cancel()
		r, err := bus.Ask(ctx, h.Conn, bus.ReplayQuestion, &eventv1.ReplayQuery{Policy: name})
		if errors.Is(err, bus.ErrNoAnswer) {
			return chat.Content{}, refuse("no_answer", noAnswer)
		}
		if err != nil {
			return chat.Content{}, err
		}
		if r.GetError() != "" {
			return chat.Say("The policy " + name + " cannot be tried: " + message.Cut(r.GetError(), 600)), nil
		}
		return replayed(name, r), nil
	}
	return chat.Say("⏳ Trying the policy " + name + " on the history that there is …"), nil
}

// replayed shows what a policy would have done.
func replayed(name string, r *eventv1.ReplayAnswer) chat.Content {
	if r.GetSeries() == 0 {
		return chat.Say("There is no history of what the policy " + name + " looks at: it would have done nothing.")
	}
	span := unit.Duration(r.GetTo().AsTime().Sub(r.GetFrom().AsTime()))
	n, open := len(r.GetIncidents())+int(r.GetMore()), 0
	for _, i := range r.GetIncidents() {
		if i.GetResolvedAt() == nil {
			open++
		}
	}
	text := fmt.Sprintf("In the last %s the policy %s would have opened %d incidents", span, name, n)
	switch n {
	case 0:
		text = fmt.Sprintf("✅ In the last %s the policy %s would have opened nothing", span, name)
	case 1:
		text = fmt.Sprintf("In the last %s the policy %s would have opened 1 incident", span, name)
	}
	if open > 0 {
		text += fmt.Sprintf(", %d of them open now", open)
	}
	lines := chat.Lines{{chat.B(text + ".")}}
	for _, i := range r.GetIncidents() {
		line := chat.Line{chat.P("• "), chat.T(i.GetOpenedAt().AsTime()), chat.P(" " + message.Cut(i.GetSummary(), 200))}
		if i.GetResolvedAt() != nil {
			line = append(line, chat.P(" · for "+unit.Duration(i.GetResolvedAt().AsTime().Sub(i.GetOpenedAt().AsTime()))))
		} else {
			line = append(line, chat.P(" · open"))
		}
		lines = append(lines, line)
	}
	if r.GetMore() > 0 {
		lines = append(lines, chat.Line{chat.P(fmt.Sprintf("… and %d more", r.GetMore()))})
	}
	note := chat.Note{{chat.P(fmt.Sprintf("Judged by the code that judges live, on %d series as they are in memory.", r.GetSeries()))}}
	if w := r.GetNote(); w != "" {
		note = append(note, chat.Line{chat.P(w)})
	}
	return chat.Content{Text: text, Parts: []chat.Part{lines, note}}
}
