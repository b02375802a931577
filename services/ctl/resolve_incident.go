package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
)

type incidentResolveCmd struct {
	ID      string `arg:"" help:"Its id, or the beginning of it."`
	Comment string `name:"comment" short:"m" help:"What the others should know." placeholder:"TEXT"`
}

// Help explains the command.
func (incidentResolveCmd) Help() string {
	return `For what Parley cannot see for itself. An incident whose conditions still hold
opens again as a new one when the policy next finds so.

Examples:
  parley incident resolve 3f9a27c1 --comment "planned load test"`
}

// Run gives the order and waits until the incident is resolved.
func (c *incidentResolveCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	incident, err := findIncident(ctx, conn, g, s, c.ID)
	if err != nil {
		return err
	}
	id := incident.GetId()
	if incident.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED {
		return errors.New("incident " + id + " is resolved already")
	}
	next, err := endOf(ctx, conn, bus.AlertsLog)
	if err != nil {
		return err
	}
	resolved := func(ctx context.Context) (text string, err error) {
		end, err := endOf(ctx, conn, bus.AlertsLog)
		if err != nil || end <= next {
			return "", err
		}
		err = readLog(ctx, conn, bus.AlertsLog, stretch{FromSequence: next + 1}, func(m *bus.Message[*eventv1.IncidentBatch]) error {
			next = m.Sequence
			for _, i := range m.Event.GetChanges() {
				if i.GetId() == id && i.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED {
					lasted := i.GetResolvedAt().AsTime().Sub(i.GetBeganAt().AsTime())
					text = fmt.Sprintf("%s: resolved (%s), after %s", id, changeText(i), span(max(lasted, time.Second)))
					return errEnough
				}
			}
			return nil
		})
		return text, err
	}
	order := &eventv1.Order{Order: &eventv1.Order_Resolve{Resolve: &eventv1.ResolveOrder{IncidentId: id, Comment: c.Comment}}}
	return give(ctx, conn, g, s, "resolve", id, order, resolved)
}
