package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/unit"
)

type actionPlanCmd struct {
	Name     string            `arg:"" help:"The action: parley action list."`
	Incident string            `name:"incident" help:"The incident that it is for; its labels are parameters." placeholder:"ID"`
	Param    map[string]string `name:"param" short:"p" mapsep:"none" help:"A parameter." placeholder:"NAME=VALUE"`
}

// Help explains the command.
func (actionPlanCmd) Help() string {
	return `Shows what a run would do, as the confirm dialog in the chat does: what exactly,
to which target, with which parameters; what is checked before, and what a look
at the target shows now; how it is undone, and how many runs are left. Nothing
is done or recorded. Fails (exit 1) when the run would be refused.

Examples:
  parley action plan collect-garbage --incident 3f9a27c1
  parley action plan scale -p service=checkout -p count=4 --json`
}

// planView is a plan in JSON.
type planView struct {
	Action     string            `json:"action"`
	Plan       string            `json:"plan"`
	Hash       string            `json:"hash"`
	Target     string            `json:"target"`
	Parameters map[string]string `json:"parameters"`
	Checks     []string          `json:"checks"`
	Seen       string            `json:"seen,omitempty"`
	Undo       string            `json:"undo,omitempty"`
	UndoWithin string            `json:"undo_within,omitempty"`
	Left       uint32            `json:"runs_left"`
	Of         uint32            `json:"runs_an_hour"`
	Approvers  []string          `json:"approvers"`
	Refused    string            `json:"refused,omitempty"`
	Faults     map[string]string `json:"faults,omitempty"`
}

// lookFor is how long the actioner may take to look at a target.
const lookFor = 8 * time.Second

// Run asks an actioner.
func (c *actionPlanCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := (&actionRunCmd{Name: c.Name}).known(ctx, conn); err != nil {
		return err
	}
	req := &eventv1.RunRequested{RunId: "plan", Action: c.Name, Parameters: c.Param, Actor: &eventv1.Actor{Backend: "cli", Person: person()}}
	if c.Incident != "" {
		if req.Incident, err = findIncident(ctx, conn, g, s, c.Incident); err != nil {
			return err
		}
	}
	one, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	a, err := bus.Ask(one, conn, bus.PlanQuestion, &eventv1.PlanQuery{Runs: []*eventv1.RunRequested{req}, Look: true})
	if err != nil {
		return fmt.Errorf("no actioner answers: %w\nis one running? see parley status", err)
	}
	if a.GetError() != "" || len(a.GetPlans()) != 1 {
		return errors.New("the actioner made no plan: " + a.GetError())
	}
	p := a.GetPlans()[0]
	v := planView{Action: p.GetAction(), Plan: p.GetWords(), Hash: p.GetHash(), Target: p.GetTarget(), Parameters: p.GetParameters(), Checks: append([]string{}, p.GetChecks()...),
		Seen: p.GetSeen(), Undo: p.GetUndo(), Left: p.GetLeft(), Of: p.GetOf(), Approvers: append([]string{}, p.GetApprovers()...), Refused: p.GetRefused(), Faults: p.GetFaults()}
	if p.GetUndo() != "" {
		v.UndoWithin = unit.Duration(p.GetUndoWithin().AsDuration())
	}
	if err := s.Result(v, func() { showPlan(s, v) }); err != nil {
		return err
	}
	if v.Refused != "" {
		return errSaid
	}
	return nil
}

func showPlan(s *screen.Screen, v planView) {
	if v.Plan != "" {
		s.Line(v.Plan + s.Paint(screen.Dim, "  plan "+v.Hash))
	}
	if v.Refused != "" {
		s.Line(s.Paint(screen.Red, "would be refused") + "  " + v.Refused)
	}
	for _, k := range slices.Sorted(maps.Keys(v.Parameters)) {
		s.Line("  " + k + "=" + v.Parameters[k])
	}
	for _, k := range slices.Sorted(maps.Keys(v.Faults)) {
		s.Line("  " + k + ": " + v.Faults[k])
	}
	line := func(what, text string) {
		if text != "" {
			s.Line("  " + what + ": " + text)
		}
	}
	line("target", v.Target)
	line("checked first", strings.Join(v.Checks, "; "))
	line("seen now", v.Seen)
	if len(v.Approvers) > 0 {
		line("needs the yes of", strings.Join(v.Approvers, ", "))
	}
	if v.Undo != "" {
		line("undone by", v.Undo+", for "+v.UndoWithin)
	}
	if v.Of > 0 {
		line("runs left this hour", fmt.Sprintf("%d of %d", v.Left, v.Of))
	}
}
