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
	"github.com/parley-ops/parley/services/internal/nearest"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

// noAnswer is what a person hears while no evaluator answers.
const noAnswer = "No evaluator answers at the moment. Please try again in a minute."

// history asks for the samples of a metric's series that have any, the highest
// last value first. partly is how many partitions did not answer.
func (h *Handler) history(ctx context.Context, a *ask, since time.Duration, most uint32) (all []*eventv1.SeriesHistory, partly int, err error) {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	now := time.Now()
	q := &eventv1.HistoryQuery{Name: a.Metric, Matchers: a.Matchers.Proto(), From: timestamppb.New(now.Add(-since)), To: timestamppb.New(now), MaxSeries: most}
	answers, err := bus.QueryAll(ctx, h.Conn, &eventv1.Query{Query: &eventv1.Query_History{History: q}})
	if len(answers) == 0 && err != nil {
		return nil, 0, refuse("no_answer", noAnswer)
	}
	for _, x := range answers {
		for _, s := range x.GetSeries() {
			if len(s.GetValues()) > 0 {
				all = append(all, s)
			}
		}
	}
	slices.SortFunc(all, func(a, b *eventv1.SeriesHistory) int {
		return cmp.Or(cmp.Compare(last(b), last(a)), strings.Compare(labelText(a), labelText(b)))
	})
	return all, bus.Partitions - len(answers), nil
}

// incomplete is the note about partitions that did not answer; nil if all did.
func incomplete(partly int) []chat.Part {
	if partly == 0 {
		return nil
	}
	return []chat.Part{chat.Note{{chat.P(fmt.Sprintf("%d of %d partitions did not answer: something may be missing here", partly, bus.Partitions))}}}
}

// nothing says that a metric has no data, and what was perhaps meant.
func (h *Handler) nothing(ctx context.Context, a *ask) (chat.Content, error) {
	text := "No data of " + message.Cut(asked(a), 200) + " in the last " + unit.Duration(a.Duration) + "."
	names, err := h.metrics(ctx)
	if err != nil {
		return chat.Say(text), nil
	}
	if slices.ContainsFunc(names, func(m *eventv1.MetricName) bool { return m.GetName() == a.Metric }) {
		if len(a.Matchers) > 0 {
			text += " The metric is there, but nothing of it matches that: /parley top " + a.Metric + " shows what there is."
		}
		return chat.Say(text), nil
	}
	text = "There is no metric " + message.Cut(a.Metric, 100) + "."
	if near := nearestMetric(a.Metric, names); near != "" {
		text += " Did you mean " + near + "?"
	} else if len(names) > 0 {
		text += " There are, for example: " + examples(names, 5) + "."
	}
	return chat.Say(text), nil
}

// metrics asks which metrics there are.
func (h *Handler) metrics(ctx context.Context) ([]*eventv1.MetricName, error) {
	ctx, cancel := context.WithTimeout(ctx, askFor/2)
	defer cancel()
	answers, err := bus.QueryAll(ctx, h.Conn, &eventv1.Query{Query: &eventv1.Query_Metrics{Metrics: &eventv1.MetricsQuery{}}})
	if len(answers) == 0 {
		return nil, err
	}
	found := map[string]*eventv1.MetricName{}
	for _, x := range answers {
		for _, m := range x.GetMetrics() {
			if have := found[m.GetName()]; have != nil {
				have.Series += m.GetSeries()
			} else {
				found[m.GetName()] = m
			}
		}
	}
	out := make([]*eventv1.MetricName, 0, len(found))
	for _, m := range found {
		out = append(out, m)
	}
	slices.SortFunc(out, func(a, b *eventv1.MetricName) int { return strings.Compare(a.GetName(), b.GetName()) })
	return out, nil
}

// nearestMetric returns the metric that was perhaps meant: a name that is near,
// else one that contains the word.
func nearestMetric(word string, all []*eventv1.MetricName) string {
	names := make([]string, len(all))
	for i, m := range all {
		names[i] = m.GetName()
	}
	if near := nearest.To(word, names); near != "" {
		return near
	}
	for _, n := range names {
		if len(word) >= 3 && strings.Contains(strings.ToLower(n), strings.ToLower(word)) {
			return n
		}
	}
	return ""
}

func examples(all []*eventv1.MetricName, most int) string {
	var names []string
	for i := range min(most, len(all)) { // from all over the alphabet
		names = append(names, all[i*len(all)/min(most, len(all))].GetName())
	}
	return strings.Join(names, ", ")
}

// asked is the metric with the matchers that were typed.
func asked(a *ask) string {
	if len(a.Matchers) == 0 {
		return a.Metric
	}
	return a.Metric + " " + a.Matchers.String()
}

// query answers with the newest values of series and small graphs.
func (h *Handler) query(ctx context.Context, a *ask) (chat.Content, error) {
	all, partly, err := h.history(ctx, a, a.Duration, rows)
	if err != nil {
		return chat.Content{}, err
	}
	if len(all) == 0 {
		return h.nothing(ctx, a)
	}
	return queried(a, all, rows, partly), nil
}

// queried shows series as small graphs, at most so many.
func queried(a *ask, all []*eventv1.SeriesHistory, most, partly int) chat.Content {
	what := message.Cut(asked(a), 200)
	out := chat.Content{Text: what + ": " + unit.Format(last(all[0]), all[0].GetUnit())}
	lines := chat.Lines{{chat.B(what), chat.P(" · last " + unit.Duration(a.Duration))}}
	for i, s := range all {
		if i == most {
			lines = append(lines, chat.Line{chat.P(fmt.Sprintf("… and %d more series", len(all)-i))})
			break
		}
		lo, hi := slices.Min(s.GetValues()), slices.Max(s.GetValues())
		lines = append(lines, chat.Line{chat.C(message.Spark(s.GetValues(), 24)), chat.P(" "), chat.B(unit.Format(last(s), s.GetUnit())),
			chat.P(fmt.Sprintf(" (%s … %s) ", unit.Format(lo, s.GetUnit()), unit.Format(hi, s.GetUnit()))), chat.C(message.Cut(labelText(s), 150))})
	}
	out.Parts = append([]chat.Part{lines}, incomplete(partly)...)
	return out
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
