package inbound

import (
	"context"
	"fmt"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

// status answers with how Parley is doing.
func (h *Handler) status(ctx context.Context, a *ask) (chat.Content, error) {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	matching := make(chan chat.Lines, 1)
	go func() { matching <- h.standing(ctx, a) }() // waited for below
	answers, _ := bus.QueryAll(ctx, h.Conn, &eventv1.Query{Query: &eventv1.Query_Partition{Partition: &eventv1.PartitionQuery{}}})
	var series, incidents, lag uint64
	owners := map[string]int{}
	for _, x := range answers {
		s := x.GetStatus()
		series, incidents, lag = series+uint64(s.GetSeries()), incidents+uint64(s.GetIncidentsOpen()), lag+s.GetLagMessages()
		owners[s.GetOwner()]++
	}
	icon, text := "✅", "Parley is well"
	if len(answers) < bus.Partitions {
		icon, text = "⚠️", fmt.Sprintf("%d of %d partitions have no evaluator at the moment", bus.Partitions-len(answers), bus.Partitions)
	}
	failing := h.failing(ctx)
	if len(failing) > 0 && icon == "✅" {
		icon, text = "⚠️", "Some channels cannot be told"
	}
	t := chat.Table{{"what", "now"}, {"evaluators", fmt.Sprint(len(owners))}, {"partitions", fmt.Sprintf("%d of %d", len(answers), bus.Partitions)},
		{"series", fmt.Sprint(series)}, {"open incidents", fmt.Sprint(incidents)}, {"entries behind", fmt.Sprint(lag)},
		{"silences", fmt.Sprint(len(h.Silences().Active(time.Now())))}, {"actions offered", fmt.Sprint(len(h.Actions()))}}
	c := chat.Content{Text: text, Parts: []chat.Part{append(chat.Lines{{chat.P(icon + " "), chat.B(text)}}, <-matching...), t}}
	if len(failing) > 0 {
		c.Parts = append(c.Parts, failing)
	}
	return c, nil
}

// mostFailing is how many channels that fail are named.
const mostFailing = 10

// failing says which channels fail, as every notifier sees them.
func (h *Handler) failing(ctx context.Context) chat.Lines {
	entries, err := bus.ChatTroubles.List(ctx, h.Conn)
	if err != nil {
		return nil
	}
	var out chat.Lines
	seen := map[string]bool{}
	for _, e := range entries {
		t := e.Value
		if seen[t.GetChannel()] || len(out) == mostFailing {
			continue
		}
		seen[t.GetChannel()] = true
		word := " fails since "
		if t.GetDisabled() {
			word = " is disabled, and tried every minute: it fails since "
		}
		out = append(out, chat.Line{chat.P("⚠️ "), chat.C(message.Cut(t.GetChannel(), 80)), chat.P(word), chat.T(t.GetSince().AsTime()), chat.P(": " + message.Cut(t.GetError(), 200))})
	}
	return out
}
