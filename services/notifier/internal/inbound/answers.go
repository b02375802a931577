package inbound

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/unit"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
	"github.com/parley-ops/parley/services/notifier/internal/command"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// rows is how long a list gets on a phone.
const rows = 20

// open returns the open incidents, the worst and oldest first: as the
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
	slices.SortFunc(out, func(a, b *eventv1.IncidentChanged) int {
		return cmp.Or(int(b.GetSeverity())-int(a.GetSeverity()), cmp.Compare(a.GetOpenedAt().GetSeconds(), b.GetOpenedAt().GetSeconds()), strings.Compare(a.GetId(), b.GetId()))
	})
	return out
}

func (h *Handler) incidents(ctx context.Context) chat.Content {
	all := h.open(ctx)
	if len(all) == 0 {
		return chat.Say("✅ Nothing is open.")
	}
	now := time.Now()
	text := fmt.Sprintf("%d open", len(all))
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
		lines = append(lines, line)
	}
	return chat.Content{Text: text, Title: text, Parts: []chat.Part{lines}}
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

func (h *Handler) status(ctx context.Context) chat.Content {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	answers, _ := bus.QueryAll(ctx, h.Conn, &eventv1.Query{Query: &eventv1.Query_Partition{Partition: &eventv1.PartitionQuery{}}})
	var series, incidents, lag uint64
	owners := map[string]int{}
	for _, a := range answers {
		s := a.GetStatus()
		series, incidents, lag = series+uint64(s.GetSeries()), incidents+uint64(s.GetIncidentsOpen()), lag+s.GetLagMessages()
		owners[s.GetOwner()]++
	}
	icon, text := "✅", "Parley is well"
	if len(answers) < bus.Partitions {
		icon, text = "⚠️", fmt.Sprintf("%d of %d partitions have no evaluator at the moment", bus.Partitions-len(answers), bus.Partitions)
	}
	t := chat.Table{{"what", "now"}, {"evaluators", fmt.Sprint(len(owners))}, {"partitions", fmt.Sprintf("%d of %d", len(answers), bus.Partitions)},
		{"series", fmt.Sprint(series)}, {"open incidents", fmt.Sprint(incidents)}, {"entries behind", fmt.Sprint(lag)},
		{"silences", fmt.Sprint(len(h.Silences().Active(time.Now())))}, {"actions offered", fmt.Sprint(len(h.Actions()))}}
	return chat.Content{Text: text, Parts: []chat.Part{chat.Lines{{chat.P(icon + " "), chat.B(text)}}, t}}
}

func (h *Handler) silenceList() chat.Content {
	all := h.Silences().Active(time.Now())
	if len(all) == 0 {
		return chat.Say("🔔 Nothing is silenced.")
	}
	slices.SortFunc(all, func(a, b *eventv1.Silence) int { return a.GetEndsAt().AsTime().Compare(b.GetEndsAt().AsTime()) })
	var lines chat.Lines
	for i, s := range all {
		if i == rows {
			lines = append(lines, chat.Line{chat.P(fmt.Sprintf("… and %d more", len(all)-i))})
			break
		}
		line := chat.Line{chat.P("🔕 "), chat.C(s.GetId()), chat.P(" "), chat.C(message.Cut(Scope(s), 200)), chat.P(" until "), chat.T(s.GetEndsAt().AsTime()),
			chat.P(" by " + s.GetAuthor())}
		if s.GetComment() != "" {
			line = append(line, chat.P(": "+message.Cut(s.GetComment(), 100)))
		}
		lines = append(lines, line)
	}
	return chat.Content{Text: fmt.Sprintf("%d silences", len(all)), Parts: []chat.Part{lines}}
}

func (h *Handler) actionList() chat.Content {
	actions := h.Actions()
	if len(actions) == 0 {
		return chat.Say("No action is offered at the moment: is an actioner running?")
	}
	var lines chat.Lines
	for i, name := range slices.Sorted(maps.Keys(actions)) {
		if i == rows {
			lines = append(lines, chat.Line{chat.P(fmt.Sprintf("… and %d more", len(actions)-i))})
			break
		}
		a := actions[name]
		line := chat.Line{chat.P("⚙️ "), chat.C(name), chat.P(" "), chat.B(message.Title(a))}
		if d := a.GetDescription(); d != "" {
			line = append(line, chat.P(": "+message.Cut(d, 200)))
		}
		lines = append(lines, line)
		who := "may run it: " + people(a.GetAllow())
		if a.GetNeedsApproval() {
			who += " · a second person approves"
		}
		lines = append(lines, chat.Line{chat.P("      " + message.Cut(who, 200))})
	}
	return chat.Content{Text: fmt.Sprintf("%d actions", len(actions)), Parts: []chat.Part{lines,
		chat.Note{{chat.C("/parley run <action> <incident>"), chat.P(" asks for one")}}}}
}

// query answers with the newest values of series and small graphs.
func (h *Handler) query(ctx context.Context, cmd command.Command) chat.Content {
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
		return chat.Say(text)
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
