package main

import (
	"context"
	"errors"
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
)

type incidentAckCmd struct {
	ID      string `arg:"" help:"Its id, or the beginning of it."`
	Comment string `name:"comment" short:"m" help:"What the others should know." placeholder:"TEXT"`
}

// Help explains the command.
func (incidentAckCmd) Help() string {
	return `The notifier notes it in the incident's messages, with your name.

Examples:
  parley incident ack 3f9a27c1
  parley incident ack 3f9a27c1 --comment "restarting the batch host"`
}

// Run gives the order and waits for its effect.
func (c *incidentAckCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	incident, err := findIncident(ctx, conn, g, s, c.ID)
	if err != nil {
		return err
	}
	if incident.GetState() == eventv1.IncidentState_INCIDENT_STATE_RESOLVED {
		return errors.New("incident " + incident.GetId() + " is resolved already")
	}
	audited, err := auditOf(ctx, conn, incident.GetId(), "acknowledge")
	if err != nil {
		return err
	}
	order := &eventv1.Order{Order: &eventv1.Order_Acknowledge{Acknowledge: &eventv1.AcknowledgeOrder{IncidentId: incident.GetId(), Comment: c.Comment}}}
	out, err := place(ctx, conn, g, "acknowledge", incident.GetId(), order, audited)
	if err != nil {
		return err
	}
	return showOutcome(s, out)
}

// auditOf returns the effect that an audit record about this target shows,
// from now on, whose deed begins so.
func auditOf(ctx context.Context, conn *bus.Conn, target, deed string) (effect, error) {
	next, err := endOf(ctx, conn, bus.AuditLog)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) (text string, err error) {
		end, err := endOf(ctx, conn, bus.AuditLog)
		if err != nil || end <= next {
			return "", err
		}
		err = readLog(ctx, conn, bus.AuditLog, stretch{FromSequence: next + 1}, func(m *bus.Message[*eventv1.AuditRecord]) error {
			next = m.Sequence
			a := m.Event
			if (a.GetIncidentId() == target || a.GetTarget() == target) && strings.HasPrefix(a.GetWhat(), deed) {
				text = strings.TrimSpace(target + ": " + a.GetWhat() + " by " + personName(a.GetActor().GetPerson()) + " " + a.GetResult())
				return errEnough
			}
			return nil
		})
		return text, err
	}, nil
}
