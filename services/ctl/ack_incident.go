package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

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
	if a := acknowledgement(ctx, conn, incident.GetId()); a != nil {
		out := outcome{Order: "acknowledge", Target: incident.GetId(), Done: true, Effect: incident.GetId() + ": was acknowledged before" + a.words()}
		return showOutcome(s, out)
	}
	acknowledged := func(ctx context.Context) (string, error) {
		if a := acknowledgement(ctx, conn, incident.GetId()); a != nil {
			return incident.GetId() + ": acknowledged" + a.words(), nil
		}
		return "", nil
	}
	order := &eventv1.Order{Order: &eventv1.Order_Acknowledge{Acknowledge: &eventv1.AcknowledgeOrder{IncidentId: incident.GetId(), Comment: c.Comment}}}
	return give(ctx, conn, g, s, "acknowledge", incident.GetId(), order, acknowledged)
}

// ackView says who works on an incident.
type ackView struct {
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Comment string    `json:"comment,omitempty"`
}

func (a *ackView) words() string {
	text := " by " + a.By + ", " + span(time.Since(a.At)) + " ago"
	if a.Comment != "" {
		text += ": " + a.Comment
	}
	return text
}

// acknowledgement returns who works on an incident, from the notifier's record
// of it, or nil. The record is the notifier's own, and is read here only to
// show it: one that looks different one day says nothing.
func acknowledgement(ctx context.Context, conn *bus.Conn, id string) *ackView {
	e, err := bus.Incidents.Get(ctx, conn, id)
	if err != nil {
		return nil
	}
	var record struct {
		Ack *struct {
			By      struct{ ID, Name string }
			At      time.Time
			Comment string
		}
	}
	if json.Unmarshal(e.Value, &record) != nil || record.Ack == nil {
		return nil
	}
	return &ackView{By: cmp.Or(record.Ack.By.Name, record.Ack.By.ID, "somebody"), At: record.Ack.At, Comment: record.Ack.Comment}
}
