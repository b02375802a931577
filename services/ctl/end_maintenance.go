package main

import (
	"context"
	"fmt"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/maintenance"
)

type maintenanceEndCmd struct {
	ID string `arg:"" help:"Its id: parley maintenance list."`
}

// Help explains the command.
func (maintenanceEndCmd) Help() string {
	return `What is open and was held back is told at once.

Examples:
  parley maintenance end 4Gk2vVJx0Q0bqTgk1mS3pN`
}

// Run gives the order and waits until the window has ended.
func (c *maintenanceEndCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	there, err := existing(ctx, conn, bus.Maintenances, "maintenance", c.ID)
	if err != nil {
		return err
	}
	if since, over := maintenance.Over(there, time.Now()); over {
		return fmt.Errorf("maintenance %s has ended already, %s ago", c.ID, span(time.Since(since)))
	}
	ended := stored(conn, bus.Maintenances, c.ID, func(m *eventv1.Maintenance) string {
		return word(m.GetEndedAt() != nil, "maintenance "+c.ID+" has ended", "")
	})
	order := &eventv1.Order{Order: &eventv1.Order_EndMaintenance{EndMaintenance: &eventv1.EndMaintenanceOrder{MaintenanceId: c.ID}}}
	return give(ctx, conn, g, s, "end_maintenance", c.ID, order, ended)
}
