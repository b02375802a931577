package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nuid"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
)

type actionRunCmd struct {
	Name     string            `arg:"" help:"The action: parley action list."`
	Incident string            `name:"incident" help:"The incident that it is for; its labels are parameters." placeholder:"ID"`
	Param    map[string]string `name:"param" short:"p" mapsep:"none" help:"A parameter." placeholder:"NAME=VALUE"`
	DryRun   bool              `name:"dry-run" help:"Only say what it would do."`
	Wait     bool              `name:"wait" help:"Wait for its result, and for what watching the policy again shows."`
	WaitFor  interval          `name:"wait-for" help:"At most this long." default:"15m" placeholder:"DURATION"`
}

// Help explains the command.
func (actionRunCmd) Help() string {
	return `Asks for one run, under your name, with the same checks as a click: who may,
whether a second person must approve, cool-down, bound per hour. Each call is
a new run. Fails (exit 1) when the run is refused, rejected, fails, or nobody
knows whether it happened.

Examples:
  parley action run collect-garbage --incident 3f9a27c1
  parley action run restart --incident 3f9a27c1 --dry-run
  parley action run scale --param service=checkout --param count=4 --wait`
}

// Run gives the order and follows the run.
func (c *actionRunCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	if c.Incident == "" && len(c.Param) == 0 {
		return usageError{errors.New("what for? give --incident, or the action's parameters with --param")}
	}
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := c.known(ctx, conn); err != nil {
		return err
	}
	order := &eventv1.RunOrder{RunId: nuid.Next(), Action: c.Name, Parameters: c.Param, DryRun: c.DryRun}
	if c.Incident != "" {
		incident, err := findIncident(ctx, conn, g, s, c.Incident)
		if err != nil {
			return err
		}
		order.IncidentId = incident.GetId()
	}
	r := &runWatch{conn: conn, id: order.GetRunId()}
	if r.next, err = endOf(ctx, conn, bus.RunsLog); err != nil {
		return err
	}
	_, err = place(ctx, conn, g, "run", r.id, &eventv1.Order{Order: &eventv1.Order_Run{Run: order}}, func(ctx context.Context) (string, error) {
		err := r.look(ctx)
		if r.run == nil {
			return "", err
		}
		return enum(r.run.GetState(), "RUN_STATE_"), err
	})
	if err != nil {
		return err
	}
	// A run that is about to end is worth the rest of the usual time.
	patience := g.Timeout
	if c.Wait {
		patience = c.WaitFor.span()
	}
	if err := r.follow(ctx, patience, c.Wait, s); err != nil {
		return err
	}
	if err := s.Result(viewRun(r.run), func() { showRun(s, r.run) }); err != nil {
		return err
	}
	if failed(r.run.GetState()) {
		return errSaid
	}
	return nil
}

// known refuses an action that nobody offers, naming those that look alike.
func (c *actionRunCmd) known(ctx context.Context, conn *bus.Conn) error {
	_, err := bus.ActionsOffered.Get(ctx, conn, c.Name)
	if !errors.Is(err, bus.ErrNotFound) {
		return err
	}
	entries, err := bus.ActionsOffered.List(ctx, conn)
	if err != nil {
		return err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Key)
	}
	slices.Sort(names)
	if len(names) == 0 {
		return &settingError{what: "no action is offered", fix: "is an actioner running? see parley status; actions are YAML files in its folder (--actions)"}
	}
	return &settingError{what: fmt.Sprintf("no action %q", c.Name), fix: "there are: " + strings.Join(names, ", ")}
}

// runWatch follows one run on RUNS.
type runWatch struct {
	conn *bus.Conn
	id   string
	next uint64
	run  *eventv1.RunChanged
}

// look reads what is new about the run.
func (w *runWatch) look(ctx context.Context) error {
	return readLog(ctx, w.conn, bus.RunsLog, stretch{Subjects: []string{string(bus.Runs(w.id))}, FromSequence: w.next + 1}, func(m *bus.Message[*eventv1.RunChanged]) error {
		w.next = m.Sequence
		if m.Event.GetVersion() >= w.run.GetVersion() {
			w.run = m.Event
		}
		return nil
	})
}

// follow goes on until the run has ended (with effect: until its effect is
// known too) or patience has; that is an error only when it was asked to wait.
func (w *runWatch) follow(ctx context.Context, patience time.Duration, wait bool, s *screen.Screen) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	said := ""
	err := retry(ctx, lookAgain, func() (bool, error) {
		if err := w.look(ctx); err != nil {
			return true, err
		}
		state := enum(w.run.GetState(), "RUN_STATE_")
		if p := w.run.GetProgress(); p != "" {
			state += ": " + p
		}
		if wait && state != said {
			s.Note(strings.ReplaceAll(state, "_", " "))
			said = state
		}
		switch w.run.GetState() {
		case eventv1.RunState_RUN_STATE_STARTED, eventv1.RunState_RUN_STATE_UNSPECIFIED:
			return false, nil
		case eventv1.RunState_RUN_STATE_AWAITING_APPROVAL:
			return !wait, nil
		case eventv1.RunState_RUN_STATE_DONE:
			if wait && w.run.GetVerification() == nil {
				return !w.verifies(ctx), nil
			}
		}
		return true, nil
	})
	if err != nil && ctx.Err() == context.DeadlineExceeded {
		if !wait {
			return nil
		}
		return fmt.Errorf("run %s of %s is still %s after %s\n--wait-for waits longer; the run goes on", w.id, w.run.GetAction(), enum(w.run.GetState(), "RUN_STATE_"), span(patience))
	}
	return err
}

// verifies reports whether the effect of the run will still be told.
func (w *runWatch) verifies(ctx context.Context) bool {
	e, err := bus.ActionRuns.Get(ctx, w.conn, w.id)
	if err != nil {
		return false
	}
	return e.Value.GetVerifyUntil() != nil && !w.run.GetDryRun()
}

func failed(state eventv1.RunState) bool {
	switch state {
	case eventv1.RunState_RUN_STATE_REFUSED, eventv1.RunState_RUN_STATE_REJECTED, eventv1.RunState_RUN_STATE_EXPIRED,
		eventv1.RunState_RUN_STATE_FAILED, eventv1.RunState_RUN_STATE_UNKNOWN:
		return true
	}
	return false
}

// showRun writes a run for people.
func showRun(s *screen.Screen, r *eventv1.RunChanged) {
	style := screen.Green
	if failed(r.GetState()) {
		style = screen.Red
	}
	state := strings.ReplaceAll(enum(r.GetState(), "RUN_STATE_"), "_", " ")
	line := s.Paint(style, state) + "  " + r.GetAction()
	if r.GetDryRun() {
		line += " (dry run)"
	}
	s.Line(line + s.Paint(screen.Dim, "  run "+r.GetRunId()))
	for _, k := range slices.Sorted(maps.Keys(r.GetParameters())) {
		s.Line("  " + k + "=" + r.GetParameters()[k])
	}
	if r.GetPlan() != "" {
		s.Line("  plan: " + r.GetPlan())
	}
	if r.GetResult() != "" {
		s.Line("  result: " + r.GetResult())
	}
	switch {
	case r.GetVerification() != nil:
		s.Line("  effect: " + r.GetVerification().GetText())
	case r.GetState() == eventv1.RunState_RUN_STATE_AWAITING_APPROVAL:
		s.Line("  waits for the yes of " + strings.Join(r.GetApprovers(), ", ") + ", in the chat")
	}
}
