package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/explain"
	"github.com/parley-ops/parley/services/internal/unit"
)

type incidentShowCmd struct {
	ID  string `arg:"" help:"Its id, or the beginning of it."`
	Why bool   `name:"why" help:"Also why it is there and where it was told: thresholds, age of the data, the policy's revision, silence, storm, channels."`
}

// Help explains the command.
func (incidentShowCmd) Help() string {
	return `What was violated, with values against thresholds; everything that happened, in
order; and the actions that were run for it, with what they brought.

Examples:
  parley incident show 3f9a27c1
  parley incident show 3f9a27c1 --why
  parley incident show 3f9a --json | jq .timeline`
}

// story is an incident with what belongs to it: the JSON of `incident show`.
type story struct {
	incidentView
	Acknowledged *ackView    `json:"acknowledged,omitempty"`
	Timeline     []happening `json:"timeline"`
	Runs         []runView   `json:"runs"`
	// Why is only there when it was asked for.
	Why *explain.Why `json:"why,omitempty"`
}

// happening is one line of an incident's history.
type happening struct {
	At time.Time `json:"at"`
	// What: the state or the doing: open, resolved, acknowledged, done ….
	What string `json:"what"`
	Text string `json:"text"`
	By   string `json:"by,omitempty"`
}

// Run tells it.
func (c *incidentShowCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	incident, err := findIncident(ctx, conn, g, s, c.ID)
	if err != nil {
		return err
	}
	t, err := tell(ctx, conn, incident)
	if err != nil {
		return err
	}
	if c.Why {
		if t.Why, err = explain.Incident(ctx, conn, incident, clockNow); err != nil {
			return err
		}
	}
	return s.Result(t, func() {
		showStory(s, incident, t)
		if t.Why != nil {
			s.Line("")
			s.Line(s.Paint(screen.Bold, "Why"))
			showRows(s, t.Why.Rows(t.Combination, clockNow))
		}
	})
}

// tell collects the story from the logs of incidents, runs and audit.
func tell(ctx context.Context, conn *bus.Conn, incident *eventv1.IncidentChanged) (story, error) {
	id := incident.GetId()
	t := story{incidentView: viewIncident(incident), Timeline: []happening{}, Runs: []runView{}}
	// Late data makes an incident begin before the entry that says so was
	// stored, never after.
	since := incident.GetBeganAt().AsTime().Add(-time.Minute)
	alerts := stretch{Subjects: []string{string(bus.Alerts(bus.Partition(incident.GetPartition())))}, Since: since}
	err := readLog(ctx, conn, bus.AlertsLog, alerts, func(m *bus.Message[*eventv1.IncidentBatch]) error {
		for _, c := range m.Event.GetChanges() {
			if c.GetId() == id {
				t.Timeline = append(t.Timeline, happening{At: c.GetAt().AsTime(), What: enum(c.GetState(), "INCIDENT_STATE_"), Text: changeText(c)})
			}
		}
		return nil
	})
	if err != nil {
		return t, err
	}
	runs := map[string]*eventv1.RunChanged{}
	err = readLog(ctx, conn, bus.RunsLog, stretch{Since: since}, func(m *bus.Message[*eventv1.RunChanged]) error {
		r := m.Event
		if r.GetIncident().GetId() != id {
			return nil
		}
		if r.GetVersion() > runs[r.GetRunId()].GetVersion() {
			runs[r.GetRunId()] = r
		}
		what, text := runText(r)
		h := happening{At: r.GetAt().AsTime(), What: what, Text: text}
		if r.GetVerification() == nil {
			h.By = personName(r.GetRequestedBy().GetPerson())
		}
		t.Timeline = append(t.Timeline, h)
		return nil
	})
	if err != nil {
		return t, err
	}
	err = readLog(ctx, conn, bus.AuditLog, stretch{Since: since}, func(m *bus.Message[*eventv1.AuditRecord]) error {
		if a := m.Event; a.GetIncidentId() == id && a.GetRunId() == "" {
			t.Timeline = append(t.Timeline, happening{At: a.GetAt().AsTime(), What: a.GetWhat(), Text: strings.TrimSpace(a.GetReason() + " " + a.GetResult()), By: personName(a.GetActor().GetPerson())})
		}
		return nil
	})
	if a := acknowledgement(ctx, conn, id); a != nil {
		t.Acknowledged = a
		audited := slices.ContainsFunc(t.Timeline, func(h happening) bool { return strings.HasPrefix(h.What, "acknowledged") })
		if !audited {
			t.Timeline = append(t.Timeline, happening{At: a.At, What: "acknowledged", Text: a.Comment, By: a.By})
		}
	}
	for _, r := range runs {
		t.Runs = append(t.Runs, viewRun(r))
	}
	slices.SortFunc(t.Runs, func(a, b runView) int { return cmp.Compare(a.RunID, b.RunID) })
	slices.SortStableFunc(t.Timeline, func(a, b happening) int { return a.At.Compare(b.At) })
	return t, err
}

// changeText says why a change happened, with the values behind it.
func changeText(c *eventv1.IncidentChanged) string {
	text := strings.ReplaceAll(enum(c.GetReason(), "INCIDENT_REASON_"), "_", " ")
	if c.GetDetail() != "" {
		text += ": " + c.GetDetail()
	}
	var values []string
	for _, k := range c.GetConditions() {
		if k.GetHolds() {
			values = append(values, fmt.Sprintf("%s %s, %s", k.GetMetric(), unit.Format(k.GetValue(), k.GetUnit()), k.GetText()))
		}
	}
	if len(values) > 0 {
		text += " (" + strings.Join(values, "; ") + ")"
	}
	return text
}

func runText(r *eventv1.RunChanged) (what, text string) {
	what = enum(r.GetState(), "RUN_STATE_")
	text = "action " + r.GetAction()
	if r.GetDryRun() {
		text += " (dry run)"
	}
	if r.GetResult() != "" {
		text += ": " + r.GetResult()
	}
	if v := r.GetVerification(); v != nil {
		return "verified", "action " + r.GetAction() + ": " + v.GetText()
	}
	return what, text
}

func showStory(s *screen.Screen, i *eventv1.IncidentChanged, t story) {
	now := time.Now()
	s.Line(s.Paint(severityStyle(i.GetSeverity()), t.Severity) + "  " + s.Paint(screen.Bold, cmp.Or(t.Summary, t.Policy)))
	field := func(name, value string) {
		if value != "" {
			s.Line(fmt.Sprintf("  %s %s", s.Paint(screen.Dim, fmt.Sprintf("%-10s", name)), value))
		}
	}
	field("incident", t.ID)
	state := s.Paint(stateStyle(i.GetState()), t.State)
	began := i.GetBeganAt().AsTime()
	if t.ResolvedAt != nil {
		state += fmt.Sprintf(", %s after it began", span(t.ResolvedAt.Sub(began)))
	} else {
		state += ", for " + span(now.Sub(began))
	}
	field("state", state)
	if t.Acknowledged != nil {
		field("acked", strings.TrimPrefix(t.Acknowledged.words(), " "))
	}
	field("policy", t.Policy)
	field("on", labelText(i.GetLabels()))
	field("began", clock(began, now))
	field("runbook", t.Runbook)
	field("channels", strings.Join(t.Channels, " "))
	field("actions", strings.Join(t.Actions, " "))
	field("previous", t.PreviousID)
	s.Line("")
	conditions := &screen.Table{Head: []string{"CONDITION", "VALUE", "PEAK", "BEFORE", "HOLDS", "SERIES"}, Right: map[int]bool{1: true, 2: true, 3: true}, Flex: 5}
	for n, k := range i.GetConditions() {
		before := "-"
		if k.GetHasBefore() {
			before = unit.Format(k.GetBefore(), k.GetUnit())
		}
		holds := screen.Cell{Text: "no", Style: screen.Green}
		if k.GetHolds() {
			holds = screen.Cell{Text: "since " + clock(k.GetSince().AsTime(), now), Style: screen.Red}
		}
		series := labelText(k.GetSeries().GetLabels())
		if more := int(k.GetSeriesCount()) - 1; more > 0 {
			series += fmt.Sprintf(" and %d more", more)
		}
		name := k.GetMetric() + " " + k.GetText()
		if n > 0 && t.Combination != "" {
			name = strings.TrimPrefix(t.Combination, "all") + " " + name
		}
		conditions.Row(screen.C(strings.TrimSpace(name)), screen.C(unit.Format(k.GetValue(), k.GetUnit())), screen.C(unit.Format(k.GetPeak(), k.GetUnit())),
			screen.C(before), holds, screen.C(series))
	}
	s.Table(conditions)
	s.Line("")
	for _, h := range t.Timeline {
		line := fmt.Sprintf("%s  %-12s  %s", s.Paint(screen.Dim, clock(h.At, now)), h.What, h.Text)
		if h.By != "" {
			line += s.Paint(screen.Dim, " by "+h.By)
		}
		s.Line(strings.TrimRight(line, " "))
	}
}

// clockNow writes a time as of now.
func clockNow(t time.Time) string { return clock(t, time.Now()) }

// showRows writes an explanation.
func showRows(s *screen.Screen, rows []explain.Row) {
	for _, r := range rows {
		s.Line(strings.TrimRight(fmt.Sprintf("  %s %s", s.Paint(screen.Dim, fmt.Sprintf("%-10s", r.Name)), r.Text), " "))
	}
}
