package main

import (
	"context"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
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
	return `The most severe first. Open ones come from the evaluators; with --all, resolved
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
	if c.All {
		live := map[string]bool{}
		for _, i := range list {
			live[i.GetId()] = true
		}
		logged, err := loggedIncidents(ctx, conn, time.Now().Add(-c.Since.span()))
		if err != nil {
			return err
		}
		var resolved []*eventv1.IncidentChanged
		for id, i := range logged {
			if !live[id] && i.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED && (c.Policy == "" || i.GetPolicy() == c.Policy) {
				resolved = append(resolved, i)
			}
		}
		sortIncidents(resolved)
		list = append(list, resolved...)
	}
	views := []incidentView{}
	for _, i := range list {
		views = append(views, viewIncident(i))
	}
	return s.Result(map[string]any{"incidents": views}, func() { showIncidents(s, list, c.All) })
}

func showIncidents(s *screen.Screen, list []*eventv1.IncidentChanged, all bool) {
	if len(list) == 0 {
		s.Line(word(all, "No incident.", "No incident is open."))
		return
	}
	now := time.Now()
	t := &screen.Table{Head: []string{"ID", "SEVERITY", "STATE", "POLICY", "ON", "SINCE", "SUMMARY"}, Flex: 6}
	for _, i := range list {
		since := span(now.Sub(i.GetBeganAt().AsTime()))
		if i.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED {
			since = span(now.Sub(i.GetResolvedAt().AsTime())) + " ago"
		}
		t.Row(screen.C(i.GetId()), screen.Cell{Text: enum(i.GetSeverity(), "SEVERITY_"), Style: severityStyle(i.GetSeverity())},
			screen.Cell{Text: enum(i.GetState(), "INCIDENT_STATE_"), Style: stateStyle(i.GetState())},
			screen.C(i.GetPolicy()), screen.C(labelText(i.GetLabels())), screen.C(since), screen.C(i.GetSummary()))
	}
	s.Table(t)
}
