package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
)

type policyDeleteCmd struct {
	Name string `arg:"" help:"The policy."`
}

// Help explains the command.
func (policyDeleteCmd) Help() string {
	return `Its open incidents are resolved, with that as the reason. What comes from the
evaluator's folder of policies is deleted there, not here; what was put in its
place (parley policy apply --override) gives way to it again.

Examples:
  parley policy delete checkout-slow`
}

// Run deletes it as it is now, not as somebody may change it meanwhile.
func (c *policyDeleteCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	e, err := policyNamed(ctx, conn, c.Name)
	if err != nil {
		return err
	}
	if e.Value.GetOrigin() == originFile {
		return &settingError{what: fmt.Sprintf("policy %s comes from the evaluator's folder of policies, which would bring it back", c.Name),
			fix: "delete it from the file there (--policies of the evaluator, deploy/policies)"}
	}
	err = bus.Policies.Delete(ctx, conn, c.Name, e.Revision)
	if errors.Is(err, bus.ErrConflict) {
		return fmt.Errorf("policy %s was changed by somebody else at this moment\nlook at it (parley policy show %s) and try again", c.Name, c.Name)
	}
	if err != nil {
		return err
	}
	return s.Result(map[string]string{"deleted": c.Name}, func() { s.Line("deleted " + c.Name) })
}

// Where a policy comes from.
const (
	originFile = "file"
	originCLI  = "cli"
)
