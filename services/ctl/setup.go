package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
)

type setupCmd struct {
	Replicas int           `name:"replicas" help:"Copies of everything: 1, or 3 or 5 in a cluster of as many servers." default:"1" env:"PARLEY_REPLICAS" placeholder:"N"`
	Wait     time.Duration `name:"wait" help:"How long to wait for the server." default:"1m" placeholder:"DURATION"`
}

// Help explains the command.
func (setupCmd) Help() string {
	return `Needs the admin's key: <data>/keys/admin.nk, or --creds FILE. Waits for the
server. What is as it should be is left alone, so that it may run any number of
times; a newer version of Parley brings what it adds.

Examples:
  parley setup
  parley setup --creds /keys/admin/admin.nk --nats-url nats://nats:4222
  parley setup --replicas 3`
}

// Validate refuses numbers of copies that no cluster can keep.
func (c *setupCmd) Validate() error {
	switch c.Replicas {
	case 1, 3, 5:
		return nil
	}
	return fmt.Errorf("--replicas: want 1, 3 or 5, not %d", c.Replicas)
}

// Run makes what is missing.
func (c *setupCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	ctx, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	g.Timeout = c.Wait
	conn, err := c.connect(ctx, g, s)
	if err != nil {
		return err
	}
	defer conn.Close()
	var done []string
	seen := map[string]bool{}
	progress := func(what string) {
		if seen[what] {
			return // a second try
		}
		seen[what] = true
		done = append(done, what)
		if !s.JSON {
			s.Line("ready: " + what)
		}
	}
	err = retry(ctx, 250*time.Millisecond, func() (bool, error) {
		err := bus.Setup(ctx, conn, bus.SetupOptions{Replicas: c.Replicas, Progress: progress})
		return err == nil || !notYet(err), err
	})
	if err != nil {
		return fmt.Errorf("set up: %w", err)
	}
	return s.Result(map[string]any{"ready": done, "replicas": c.Replicas}, func() {
		s.Line(fmt.Sprintf("everything is in place (%d things, %s)", len(done), count(c.Replicas, "copy", "copies")))
	})
}

// connect waits for the server.
func (c *setupCmd) connect(ctx context.Context, g *settings, s *screen.Screen) (conn *bus.Conn, err error) {
	said := false
	waited := retry(ctx, 250*time.Millisecond, func() (bool, error) {
		conn, err = g.connect(ctx, "admin")
		if err == nil || !notYet(err) {
			return true, err
		}
		if !said {
			said = true
			s.Note("waiting for NATS at " + g.NATSURL)
		}
		return false, err
	})
	return conn, waited
}

// notYet reports whether a server that is only starting answers so.
func notYet(err error) bool {
	return errors.Is(err, nats.ErrNoServers) || errors.Is(err, nats.ErrTimeout) || errors.Is(err, nats.ErrNoResponders) ||
		errors.Is(err, bus.ErrNoAnswer) || isDialError(err)
}
