package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/explain"
)

type policyCmd struct {
	Lint    policyLintCmd    `cmd:"" help:"Find faults in policy files."`
	Test    policyTestCmd    `cmd:"" help:"Replay series through policies, and compare the incidents."`
	Replay  policyReplayCmd  `cmd:"" help:"Say what changed policies would have done over what is stored."`
	Propose policyProposeCmd `cmd:"" help:"Find changes that would have kept noise away, proven on what is stored."`
	Import  policyImportCmd  `cmd:"" help:"Make policies of other systems' rules."`
	Apply   policyApplyCmd   `cmd:"" help:"Put policies in force."`
	List    policyListCmd    `cmd:"" help:"List the policies in force."`
	Show    policyShowCmd    `cmd:"" help:"Print a policy as it was written."`
	Whynot  policyWhynotCmd  `cmd:"" help:"Say why a policy has no incident."`
	Delete  policyDeleteCmd  `cmd:"" help:"Take a policy out of force."`
	Schema  policySchemaCmd  `cmd:"" help:"Print the JSON Schema of policy files."`
}

type policyListCmd struct{}

// Help explains the command.
func (policyListCmd) Help() string {
	return `By name. The origin says who keeps it: file is the evaluator's folder of
policies, cli is parley policy apply.

Examples:
  parley policy list
  parley policy list --json | jq -r '.policies[] | select(.origin=="cli").name'`
}

// policyView is a policy in JSON.
type policyView struct {
	Name     string     `json:"name"`
	Origin   string     `json:"origin"`
	Author   string     `json:"author"`
	At       *time.Time `json:"at"`
	Revision uint64     `json:"revision"`
	YAML     string     `json:"yaml"`
}

func viewPolicy(e bus.Entry[*eventv1.PolicyDocument]) policyView {
	d := e.Value
	return policyView{d.GetName(), d.GetOrigin(), explain.Author(d), at(d.GetAt()), e.Revision, d.GetYaml()}
}

// Run lists them.
func (policyListCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	entries, err := policies(ctx, conn)
	if err != nil {
		return err
	}
	views := []policyView{}
	for _, e := range entries {
		views = append(views, viewPolicy(e))
	}
	return s.Result(map[string]any{"policies": views}, func() {
		if len(views) == 0 {
			s.Line("No policy is in force: parley policy apply FILE, or the evaluator's folder (--policies).")
			return
		}
		now := time.Now()
		t := &screen.Table{Head: []string{"NAME", "ORIGIN", "AUTHOR", "CHANGED"}}
		for _, v := range views {
			changed := "-"
			if v.At != nil {
				changed = span(now.Sub(*v.At)) + " ago"
			}
			t.Row(screen.C(v.Name), screen.C(v.Origin), screen.C(cmp.Or(v.Author, "-")), screen.C(changed))
		}
		s.Table(t)
	})
}

func policies(ctx context.Context, conn *bus.Conn) ([]bus.Entry[*eventv1.PolicyDocument], error) {
	entries, err := bus.Policies.List(ctx, conn)
	slices.SortFunc(entries, func(a, b bus.Entry[*eventv1.PolicyDocument]) int { return cmp.Compare(a.Key, b.Key) })
	return entries, err
}

// policyNamed returns one policy, or an error that names those there are.
func policyNamed(ctx context.Context, conn *bus.Conn, name string) (bus.Entry[*eventv1.PolicyDocument], error) {
	e, err := bus.Policies.Get(ctx, conn, name)
	if !errors.Is(err, bus.ErrNotFound) {
		return e, err
	}
	entries, err := policies(ctx, conn)
	if err != nil {
		return e, err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Key)
	}
	return e, &settingError{what: fmt.Sprintf("no policy %q", name), fix: "there are: " + cmp.Or(strings.Join(names, ", "), "none")}
}
