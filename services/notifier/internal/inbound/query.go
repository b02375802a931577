package inbound

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

// query answers with the newest values of series and small graphs.
func (h *Handler) query(ctx context.Context, cmd *ask) (chat.Content, error) {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	now := time.Now()
	q := &eventv1.HistoryQuery{Name: cmd.Metric, Matchers: cmd.Matchers.Proto(), From: timestamppb.New(now.Add(-cmd.Duration)), To: timestamppb.New(now), MaxSeries: rows}
	answers, err := bus.QueryAll(ctx, h.Conn, &eventv1.Query{Query: &eventv1.Query_History{History: q}})
	var all []*eventv1.SeriesHistory
	for _, a := range answers {
		for _, s := range a.GetSeries() {
			if len(s.GetValues()) > 0 {
				all = append(all, s)
			}
		}
	}
	what := cmd.Metric
	if len(cmd.Matchers) > 0 {
		what += " " + cmd.Matchers.String()
	}
	if len(all) == 0 {
		text := "No data of " + message.Cut(what, 200) + " in the last " + unit.Duration(cmd.Duration) + "."
		if err != nil && len(answers) == 0 {
			text = "No evaluator answers at the moment. Please try again in a minute."
		}
		return chat.Say(text), nil
	}
	slices.SortFunc(all, func(a, b *eventv1.SeriesHistory) int {
		return cmp.Or(cmp.Compare(last(b), last(a)), strings.Compare(labelText(a), labelText(b)))
	})
	out := chat.Content{Text: message.Cut(what, 200) + ": " + unit.Format(last(all[0]), all[0].GetUnit())}
	lines := chat.Lines{{chat.B(message.Cut(what, 200)), chat.P(" · last " + unit.Duration(cmd.Duration))}}
	for i, s := range all {
		if i == rows {
			lines = append(lines, chat.Line{chat.P(fmt.Sprintf("… and %d more series", len(all)-i))})
			break
		}
		lo, hi := slices.Min(s.GetValues()), slices.Max(s.GetValues())
		lines = append(lines, chat.Line{chat.C(message.Spark(s.GetValues(), 24)), chat.P(" "), chat.B(unit.Format(last(s), s.GetUnit())),
			chat.P(fmt.Sprintf(" (%s … %s) ", unit.Format(lo, s.GetUnit()), unit.Format(hi, s.GetUnit()))), chat.C(message.Cut(labelText(s), 150))})
	}
	out.Parts = []chat.Part{lines}
	return out, nil
}

func last(s *eventv1.SeriesHistory) float64 { return s.GetValues()[len(s.GetValues())-1] }

func labelText(s *eventv1.SeriesHistory) string {
	var parts []string
	for _, l := range s.GetSeries().GetLabels() {
		if l.GetName() != "team" {
			parts = append(parts, l.GetName()+"="+l.GetValue())
		}
	}
	return strings.Join(parts, " ")
}
