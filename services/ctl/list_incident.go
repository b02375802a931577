package main

import (
	"context"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/evidence"
)

type incidentCmd struct {
	List     incidentListCmd     `cmd:"" help:"List incidents."`
	Show     incidentShowCmd     `cmd:"" help:"Tell the whole story of an incident."`
	Whynot   incidentWhynotCmd   `cmd:"" help:"Say why a policy has no incident."`
	Ack      incidentAckCmd      `cmd:"" help:"Acknowledge an incident: somebody is on it."`
	Resolve  incidentResolveCmd  `cmd:"" help:"Say that an incident is over."`
	Feedback incidentFeedbackCmd `cmd:"" help:"Say whether an incident's message was useful, or noise."`
}

type incidentListCmd struct {
	All    bool     `name:"all" short:"a" help:"Also those that are pending, and those resolved lately."`
	Policy string   `name:"policy" help:"Of this policy alone." placeholder:"NAME"`
	Since  interval `name:"since" help:"How far back --all looks." default:"1d" placeholder:"DURATION"`
}

// Help explains the command.
func (incidentListCmd) Help() string {
	return `The most important first: by severity, and by how earlier incidents of the same kind
ended (acted on, acknowledged, unheeded, called noise; --why of parley incident show
says it in words). Open ones come from the evaluators; with --all, resolved
ones come from the log of the last day, or of --since.

Examples:
  parley incident list
  parley incident list --all --since 7d
  parley incident list --policy checkout-slow --json | jq -r '.incidents[].id'`
}

// Run lists them.
func (c *incidentListCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	list, err := liveIncidents(ctx, conn, g, s, &eventv1.IncidentQuery{Policy: c.Policy, IncludePending: c.All})
	if err != nil {
		return err
	}
	live := len(list)
	if c.All {
		open := map[string]bool{}
		for _, i := range list {
			open[i.GetId()] = true
		}
		logged, err := loggedIncidents(ctx, conn, time.Now().Add(-c.Since.span()))
		if err != nil {
			return err
		}
		var resolved []*eventv1.IncidentChanged
		for id, i := range logged {
			if !open[id] && i.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED && (c.Policy == "" || i.GetPolicy() == c.Policy) {
				resolved = append(resolved, i)
			}
		}
		sortIncidents(resolved)
		list = append(list, resolved...)
	}
	ended, err := endings(ctx, conn)
	if err != nil {
		return err
	}
	now := time.Now()
	evidence.Sort(list[:live], ended, now)
	views := []incidentView{}
	for n, i := range list {
		v := viewIncident(i)
		if n < live {
			v.Importance = evidence.Of(ended(i.GetPolicy()), i, now).Words()
		}
		views = append(views, v)
	}
	return s.Result(map[string]any{"incidents": views}, func() { showIncidents(s, list, views, c.All) })
}

// endings returns how incidents of a policy ended, by its name.
func endings(ctx context.Context, conn *bus.Conn) (func(policy string) *eventv1.Evidence, error) {
	all, err := bus.Evidences.List(ctx, conn)
	if err != nil {
		return nil, err
	}
	known := make(map[string]*eventv1.Evidence, len(all))
	for _, e := range all {
		known[e.Value.GetPolicy()] = e.Value
	}
	return func(policy string) *eventv1.Evidence { return known[policy] }, nil
}

func showIncidents(s *screen.Screen, list []*eventv1.IncidentChanged, views []incidentView, all bool) {
	if len(list) == 0 {
		s.Line(word(all, "No incident.", "No incident is open."))
		return
	}
	now := time.Now()
	known := slices.ContainsFunc(views, func(v incidentView) bool { return v.Importance != "" })
	t := &screen.Table{Head: []string{"ID", "SEVERITY", "STATE", "POLICY", "ON", "SINCE"}, Flex: 6}
	if known {
		t.Head, t.Flex = append(t.Head, "IMPORTANCE"), 7
	}
	t.Head = append(t.Head, "SUMMARY")
	for n, i := range list {
		since := span(now.Sub(i.GetBeganAt().AsTime()))
		if i.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED {
			since = span(now.Sub(i.GetResolvedAt().AsTime())) + " ago"
		}
		row := []screen.Cell{screen.C(i.GetId()), {Text: enum(i.GetSeverity(), "SEVERITY_"), Style: severityStyle(i.GetSeverity())},
			{Text: enum(i.GetState(), "INCIDENT_STATE_"), Style: stateStyle(i.GetState())},
			screen.C(i.GetPolicy()), screen.C(labelText(i.GetLabels())), screen.C(since)}
		if known {
			level, _, _ := strings.Cut(views[n].Importance, ":")
			row = append(row, screen.C(level))
		}
		t.Row(append(row, screen.C(i.GetSummary()))...)
	}
	s.Table(t)
}
