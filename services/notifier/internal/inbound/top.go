package inbound

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/ranking"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

// top answers with the highest series.
func (h *Handler) top(ctx context.Context, a *ask) (chat.Content, error) {
	a.Duration = ranking.Recent
	all, partly, err := h.history(ctx, a, ranking.Recent, ranking.Compared)
	if err != nil {
		return chat.Content{}, err
	}
	if len(all) == 0 {
		return h.nothing(ctx, a)
	}
	list, err := ranking.Rank(all, a.By)
	var no *ranking.NoLabelError
	if errors.As(err, &no) {
		return chat.Content{}, unlabelled(no)
	}
	if err != nil {
		return chat.Content{}, err
	}
	apart := differing(all)
	what := message.Cut(asked(a), 200)
	if a.By != "" {
		what += " by " + message.Cut(a.By, 60)
	}
	t := chat.Table{{"", "now", "", cmp.Or(message.Cut(a.By, 40), "series")}}
	for i, r := range list[:min(len(list), a.Count)] {
		name := message.Cut(rowName(r, a.By, apart), 80)
		if r.Series > 1 {
			name += fmt.Sprintf(" (of %d)", r.Series)
		}
		t = append(t, []string{fmt.Sprint(i + 1), unit.Format(r.Last(), r.Highest.GetUnit()), message.Spark(r.Highest.GetValues(), 8), name})
	}
	highest := message.Cut(rowName(list[0], a.By, apart), 80) + " " + unit.Format(list[0].Last(), list[0].Highest.GetUnit())
	out := chat.Content{Text: "Highest " + what + ": " + highest, Parts: []chat.Part{chat.Lines{{chat.B(what), chat.P(" · the highest now")}}, t}}
	if more := len(list) - a.Count; more > 0 {
		out.Parts = append(out.Parts, chat.Note{{chat.P(fmt.Sprintf("… and %d more", more))}})
	}
	out.Parts = append(out.Parts, incomplete(partly)...)
	return out, nil
}

// differing are the labels in which series differ: the others tell nothing
// apart. Of a single series it is all of them.
func differing(all []*eventv1.SeriesHistory) map[string]bool {
	values := map[string]map[string]bool{}
	for _, s := range all {
		for _, l := range s.GetSeries().GetLabels() {
			if values[l.GetName()] == nil {
				values[l.GetName()] = map[string]bool{}
			}
			values[l.GetName()][l.GetValue()] = true
		}
	}
	out := map[string]bool{}
	for name, v := range values {
		out[name] = name != "team" && (len(v) > 1 || len(all) == 1)
	}
	return out
}

// rowName names a row: by the label's value, else by what tells series apart.
func rowName(r ranking.Row, by string, apart map[string]bool) string {
	name := r.Value
	for _, l := range r.Highest.GetSeries().GetLabels() {
		if by == "" && apart[l.GetName()] {
			name = strings.TrimSpace(name + " " + l.GetName() + "=" + l.GetValue())
		}
	}
	return cmp.Or(name, "(no labels)")
}

// unlabelled says that no series has the label, and which there are.
func unlabelled(no *ranking.NoLabelError) error {
	text := fmt.Sprintf("No series has a label %s.", message.Cut(no.Label, 40))
	if no.Nearest != "" {
		text += " Did you mean " + no.Nearest + "?"
	} else if len(no.Have) > 0 {
		text += " There are: " + message.Cut(strings.Join(no.Have, ", "), 300) + "."
	}
	return refuse("unknown", "%s", text)
}
