package main

import (
	"context"

	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/maintenance"
)

type maintenanceExtendCmd struct {
	ID  string   `arg:"" help:"Its id: parley maintenance list."`
	For interval `arg:"" name:"for" help:"How long it lasts from now on, from 1m to 14d." placeholder:"DURATION"`
}

// Help explains the command.
func (maintenanceExtendCmd) Help() string {
	return `What is under way lasts that long from now on. One that comes again and again is
not extended: plan one more.

Examples:
  parley maintenance extend 4Gk2vVJx0Q0bqTgk1mS3pN 2h`
}

// Run gives the order and waits until the window lasts longer.
func (c *maintenanceExtendCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	if err := maintenance.Extends(c.For.span()); err != nil {
		return usageError{err}
	}
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	before, err := existing(ctx, conn, bus.Maintenances, "maintenance", c.ID)
	if err != nil {
		return err
	}
	longer := stored(conn, bus.Maintenances, c.ID, func(m *eventv1.Maintenance) string {
		return word(m.GetEndsAt().AsTime().After(before.GetEndsAt().AsTime()), planned(m), "")
	})
	order := &eventv1.Order{Order: &eventv1.Order_ExtendMaintenance{ExtendMaintenance: &eventv1.ExtendMaintenanceOrder{MaintenanceId: c.ID, For: durationpb.New(c.For.span())}}}
	return give(ctx, conn, g, s, "extend_maintenance", c.ID, order, longer)
}
