package inbound

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/nearest"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

const (
	// topOf is how many series of a partition are compared.
	topOf = 2000
	// recent is how old a value may be that counts as one of now.
	recent = 15 * time.Minute
)

// ranked is one row of the answer.
type ranked struct {
	name   string
	newest *eventv1.SeriesHistory
	series int
}

// top answers with the highest series.
func (h *Handler) top(ctx context.Context, a *ask) (chat.Content, error) {
	a.Duration = recent
	all, partly, err := h.history(ctx, a, recent, topOf)
	if err != nil {
		return chat.Content{}, err
	}
	if len(all) == 0 {
		return h.nothing(ctx, a)
	}
	list, err := rank(all, a.By, differing(all))
	if err != nil {
		return chat.Content{}, err
	}
	what := message.Cut(asked(a), 200)
	if a.By != "" {
		what += " by " + message.Cut(a.By, 60)
	}
	t := chat.Table{{"", "now", "", cmp.Or(message.Cut(a.By, 40), "series")}}
	for i, r := range list[:min(len(list), a.Count)] {
		name := message.Cut(r.name, 80)
		if r.series > 1 {
			name += fmt.Sprintf(" (of %d)", r.series)
		}
		t = append(t, []string{fmt.Sprint(i + 1), unit.Format(last(r.newest), r.newest.GetUnit()), message.Spark(r.newest.GetValues(), 8), name})
	}
	highest := message.Cut(list[0].name, 80) + " " + unit.Format(last(list[0].newest), list[0].newest.GetUnit())
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

// rank puts series, or groups of them by a label, in order: of a group the
// highest counts. all is in order already.
func rank(all []*eventv1.SeriesHistory, by string, apart map[string]bool) ([]ranked, error) {
	var list []ranked
	place := map[string]int{}
	known := map[string]bool{}
	for _, s := range all {
		name, has := "", by == ""
		for _, l := range s.GetSeries().GetLabels() {
			known[l.GetName()] = true
			if by == "" && apart[l.GetName()] {
				name = strings.TrimSpace(name + " " + l.GetName() + "=" + l.GetValue())
			}
			if by != "" && l.GetName() == by {
				name, has = l.GetValue(), true
			}
		}
		if !has {
			continue
		}
		if i, ok := place[name]; ok && by != "" {
			list[i].series++
			continue
		}
		place[name] = len(list)
		list = append(list, ranked{name: cmp.Or(name, "(no labels)"), newest: s, series: 1})
	}
	if len(list) > 0 {
		return list, nil
	}
	var names []string
	for n := range known {
		names = append(names, n)
	}
	slices.Sort(names)
	text := fmt.Sprintf("No series has a label %s.", message.Cut(by, 40))
	if near := nearest.To(by, names); near != "" {
		text += " Did you mean " + near + "?"
	} else if len(names) > 0 {
		text += " There are: " + message.Cut(strings.Join(names, ", "), 300) + "."
	}
	return nil, refuse("unknown", "%s", text)
}
