package main

import (
	"cmp"
	"context"
	"slices"
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
)

type actionCmd struct {
	List   actionListCmd   `cmd:"" help:"List what the actioner can do."`
	Plan   actionPlanCmd   `cmd:"" help:"Show what a run would do, and do nothing."`
	Run    actionRunCmd    `cmd:"" help:"Run an action."`
	Lint   actionLintCmd   `cmd:"" help:"Find faults in action files."`
	Freeze actionFreezeCmd `cmd:"" help:"Let no action begin."`
	Thaw   actionThawCmd   `cmd:"" help:"Let actions begin again: takes two people."`
}

type actionListCmd struct {
	Scheduled bool `name:"scheduled" help:"What is to be run by itself, and what is frozen."`
}

// Help explains the command.
func (actionListCmd) Help() string {
	return `Actions are declared in the actioner's folder of actions; nothing else can be run.
RECORD is how often an action ended the incident that it was run for, and how
long that took; --json has it for each policy.

Examples:
  parley action list
  parley action list --scheduled
  parley action list --json | jq -r '.actions[].name'`
}

// actionView is an action in JSON.
type actionView struct {
	Name          string   `json:"name"`
	Kind          string   `json:"kind"`
	Title         string   `json:"title"`
	Description   string   `json:"description"`
	NeedsApproval bool     `json:"needs_approval"`
	Allow         []string `json:"allow"`
	Undo          string   `json:"undo,omitempty"`
	// Record is how often it helped, of all policies and of each.
	Record  recordView   `json:"record"`
	Records []recordView `json:"records"`
}

// Run lists them.
func (c actionListCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	if c.Scheduled {
		return listSchedules(ctx, conn, s)
	}
	entries, err := bus.ActionsOffered.List(ctx, conn)
	if err != nil {
		return err
	}
	records, err := actionRecords(ctx, conn)
	if err != nil {
		return err
	}
	slices.SortFunc(entries, func(a, b bus.Entry[*eventv1.ActionDocument]) int { return cmp.Compare(a.Key, b.Key) })
	views := []actionView{}
	for _, e := range entries {
		a := e.Value
		views = append(views, actionView{a.GetName(), a.GetKind(), a.GetTitle(), a.GetDescription(), a.GetNeedsApproval(), append([]string{}, a.GetAllow()...), a.GetUndo(),
			records.all(a.GetName()), records.each(a.GetName())})
	}
	return s.Result(map[string]any{"actions": views}, func() {
		if len(views) == 0 {
			s.Line("No action is declared. Actions are YAML files in the actioner's folder (--actions, deploy/actions).")
			return
		}
		t := &screen.Table{Head: []string{"NAME", "KIND", "WHO MAY", "APPROVAL", "RECORD", "WHAT IT DOES"}, Flex: 5}
		for _, a := range views {
			t.Row(screen.C(a.Name), screen.C(a.Kind), screen.C(strings.Join(a.Allow, ", ")), screen.C(word(a.NeedsApproval, "a second person", "-")),
				screen.C(cmp.Or(a.Record.Words, "-")), screen.C(cmp.Or(a.Description, a.Title)))
		}
		s.Table(t)
		for _, a := range views {
			for _, r := range a.Records {
				if r.Demoted != "" {
					s.Line(a.Name + " is offered last for " + r.Policy + ": " + r.Demoted)
				}
			}
		}
	})
}
