package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/bus"
)

type policyApplyCmd struct {
	Paths    []string `arg:"" name:"file" placeholder:"FILE|DIR" help:"Files, folders of .yaml and .yml files, or - for standard input."`
	DryRun   bool     `name:"dry-run" help:"Only show what would change."`
	Override bool     `name:"override" help:"Also those of the evaluator's folder: from then on they are what is applied here."`
}

// Help explains the command.
func (policyApplyCmd) Help() string {
	return `Checks the files first, and applies nothing when there is a fault. Policies that
are not in the files are left alone. Those of the evaluator's own folder are
changed there; --override puts another in their place until it is deleted
(parley policy delete).

Examples:
  parley policy apply checkout.yaml
  parley policy apply policies/ --dry-run
  sed 's/800/900/' checkout.yaml | parley policy apply -`
}

// applied is what came of one policy.
type applied struct {
	Name string `json:"name"`
	// Change is created, changed, unchanged or refused.
	Change   string `json:"change"`
	Revision uint64 `json:"revision,omitempty"`
	// Diff is the lines that differ, with - and + before them.
	Diff  []string `json:"diff,omitempty"`
	Error string   `json:"error,omitempty"`
}

// Run checks and applies them.
func (c *policyApplyCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	files, err := readYAML(c.Paths, s.In)
	if err != nil {
		return err
	}
	good, faults := parsePolicies(files)
	if len(faults) > 0 {
		return showLint(s, lintResult{len(files), len(good), faults}, "policy", "policies")
	}
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	results, bad := []applied{}, false
	for _, p := range good {
		r, err := c.apply(ctx, conn, p)
		if err != nil {
			return fmt.Errorf("policy %s: %w", p.Name, err)
		}
		bad = bad || r.Error != ""
		results = append(results, r)
	}
	err = s.Result(map[string]any{"policies": results, "dry_run": c.DryRun}, func() { c.show(s, results) })
	if err == nil && bad {
		return errSaid
	}
	return err
}

// apply puts one policy in force, unless somebody else changes it meanwhile.
func (c *policyApplyCmd) apply(ctx context.Context, conn *bus.Conn, p policy.Policy) (applied, error) {
	r := applied{Name: p.Name, Change: "created"}
	now := &eventv1.PolicyDocument{Name: p.Name, Yaml: p.YAML, Origin: originCLI, Author: personName(person()), At: timestamppb.Now()}
	e, err := bus.Policies.Get(ctx, conn, p.Name)
	there := err == nil
	if err != nil && !errors.Is(err, bus.ErrNotFound) {
		return r, err
	}
	r.Diff = diff(e.Value.GetYaml(), p.YAML)
	switch {
	case there && len(r.Diff) == 0:
		r.Change, r.Revision = "unchanged", e.Revision
		return r, nil
	case there && e.Value.GetOrigin() == originFile && !c.Override:
		r.Change, r.Error = "refused", "it comes from the evaluator's folder of policies: change it there, or put this in its place with --override"
		return r, nil
	case there:
		r.Change = "changed"
	}
	if c.DryRun {
		return r, nil
	}
	if there {
		r.Revision, err = bus.Policies.Update(ctx, conn, p.Name, now, e.Revision)
	} else {
		r.Revision, err = bus.Policies.Create(ctx, conn, p.Name, now)
	}
	if errors.Is(err, bus.ErrConflict) {
		r.Change, r.Error = "refused", "somebody else changed it at this moment: look at it (parley policy show) and apply again"
		return r, nil
	}
	return r, err
}

func (c *policyApplyCmd) show(s *screen.Screen, results []applied) {
	styles := map[string]screen.Style{"created": screen.Green, "changed": screen.Yellow, "refused": screen.Red, "unchanged": screen.Dim}
	for _, r := range results {
		change := r.Change
		if c.DryRun && r.Error == "" && change != "unchanged" {
			change = "would be " + change
		}
		line := s.Paint(styles[r.Change], fmt.Sprintf("%-9s", change)) + " " + r.Name
		if r.Error != "" {
			line += ": " + r.Error
		}
		s.Line(line)
		if r.Change != "changed" {
			continue // a new policy is no news line by line
		}
		for _, l := range r.Diff {
			s.Line("  " + s.Paint(word(strings.HasPrefix(l, "+"), screen.Green, screen.Red), l))
		}
	}
}
