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

type silenceExpireCmd struct {
	ID string `arg:"" help:"Its id: parley silence list."`
}

// Help explains the command.
func (silenceExpireCmd) Help() string {
	return `What is open and was silent is told at once.

Examples:
  parley silence expire 4Gk2vVJx0Q0bqTgk1mS3pN`
}

// Run gives the order and waits until the silence has ended.
func (c *silenceExpireCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	there, err := existing(ctx, conn, bus.Silences, "silence", c.ID)
	if err != nil {
		return err
	}
	if !there.GetEndsAt().AsTime().After(time.Now()) {
		return fmt.Errorf("silence %s has ended already, %s ago", c.ID, span(time.Since(there.GetEndsAt().AsTime())))
	}
	ended := func(ctx context.Context) (string, error) {
		e, err := bus.Silences.Get(ctx, conn, c.ID)
		if errors.Is(err, bus.ErrNotFound) || (err == nil && !e.Value.GetEndsAt().AsTime().After(time.Now())) {
			return "silence " + c.ID + " has ended", nil
		}
		return "", err
	}
	order := &eventv1.Order{Order: &eventv1.Order_ExpireSilence{ExpireSilence: &eventv1.ExpireSilenceOrder{SilenceId: c.ID}}}
	return give(ctx, conn, g, s, "expire_silence", c.ID, order, ended)
}
