package main

import (
	"context"
	"strings"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
)

type policyShowCmd struct {
	Name string `arg:"" help:"The policy."`
}

// Help explains the command.
func (policyShowCmd) Help() string {
	return `Examples:
  parley policy show checkout-slow`
}

// Run prints it.
func (c *policyShowCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	e, err := policyNamed(ctx, conn, c.Name)
	if err != nil {
		return err
	}
	return s.Result(viewPolicy(e), func() { s.Line(strings.TrimRight(e.Value.GetYaml(), "\n")) })
}
