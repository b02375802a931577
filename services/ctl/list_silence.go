package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
)

type silenceListCmd struct {
	All bool `name:"all" short:"a" help:"Also those that have ended."`
}

// Help explains the command.
func (silenceListCmd) Help() string {
	return `Those that end next come first.

Examples:
  parley silence list
  parley silence list --all --json`
}

// Run lists them.
func (c *silenceListCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	entries, err := bus.Silences.List(ctx, conn)
	if err != nil {
		return err
	}
	now := time.Now()
	views := []silenceView{}
	for _, e := range entries {
		if v := viewSilence(e.Value, now); c.All || v.State != "expired" {
			views = append(views, v)
		}
	}
	slices.SortFunc(views, func(a, b silenceView) int { return a.EndsAt.Compare(*b.EndsAt) })
	return s.Result(map[string]any{"silences": views}, func() {
		if len(views) == 0 {
			s.Line("No silence.")
			return
		}
		t := &screen.Table{Head: []string{"ID", "STATE", "WHAT", "ENDS", "AUTHOR", "COMMENT"}, Flex: 5}
		for _, v := range views {
			ends := "in " + span(v.EndsAt.Sub(now))
			if v.State == "expired" {
				ends = span(now.Sub(*v.EndsAt)) + " ago"
			}
			t.Row(screen.C(v.ID), screen.C(v.State), screen.C(v.what()), screen.C(ends), screen.C(v.Author), screen.C(v.Comment))
		}
		s.Table(t)
	})
}

// what says what is silent.
func (v silenceView) what() string {
	parts := slices.Clone(v.Matchers)
	if v.Policy != "" {
		parts = append(parts, "policy "+v.Policy)
	}
	if v.IncidentID != "" {
		parts = append(parts, "incident "+v.IncidentID)
	}
	return strings.Join(parts, ", ")
}
