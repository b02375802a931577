package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
)

type incidentFeedbackCmd struct {
	ID      string   `arg:"" help:"Its id, or the beginning of it."`
	Verdict string   `arg:"" enum:"useful,noise" help:"useful or noise."`
	Comment []string `arg:"" optional:"" help:"Why."`
}

// Help explains the command.
func (incidentFeedbackCmd) Help() string {
	return `Says whether an incident's message was worth it. One verdict a person, of which
the latest counts; resolved incidents take it too. It is kept with the incident
and in the audit, so that policies that only make noise can be found and mended.

Examples:
  parley incident feedback 3f9a27c1 useful
  parley incident feedback 3f9a27c1 noise every deploy does this`
}

// Run gives the order and waits for its effect.
func (c *incidentFeedbackCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	incident, err := findIncident(ctx, conn, g, s, c.ID)
	if err != nil {
		return err
	}
	id, began := incident.GetId(), time.Now()
	order := &eventv1.Order{Order: &eventv1.Order_Feedback{Feedback: &eventv1.FeedbackOrder{IncidentId: id, Verdict: c.Verdict, Comment: strings.Join(c.Comment, " ")}}}
	out, err := place(ctx, conn, g, "feedback", id, order, func(ctx context.Context) (string, error) {
		useful, noise, mine := verdicts(ctx, conn, id, c.Verdict, began)
		if !mine {
			return "", nil
		}
		return fmt.Sprintf("%s: noted as %s. So far %d × useful and %d × noise", id, c.Verdict, useful, noise), nil
	})
	if err != nil {
		return err
	}
	return showOutcome(s, out)
}

// verdicts counts what people think of an incident, from the notifier's record
// of it; mine: this verdict of this person is among them, said since a time.
func verdicts(ctx context.Context, conn *bus.Conn, id, verdict string, since time.Time) (useful, noise int, mine bool) {
	e, err := bus.Incidents.Get(ctx, conn, id)
	if err != nil {
		return 0, 0, false
	}
	var record struct {
		Feedback []struct {
			By struct{ Backend, Name string }
			At time.Time
			// Verdict is useful or noise.
			Verdict string
		}
	}
	if json.Unmarshal(e.Value, &record) != nil {
		return 0, 0, false
	}
	for _, f := range record.Feedback {
		if f.Verdict == "noise" {
			noise++
		} else {
			useful++
		}
		mine = mine || f.By.Backend == "cli" && f.By.Name == person().GetName() && f.Verdict == verdict && !f.At.Before(since)
	}
	return useful, noise, mine
}
