package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/oncall"
	"github.com/parley-ops/parley/services/notifier/route"
)

type routeCmd struct {
	Test routeTestCmd `cmd:"" help:"Say who would be told of an incident, and when."`
	Show routeShowCmd `cmd:"" help:"Show the routes in force, and what was subscribed."`
	Lint routeLintCmd `cmd:"" help:"List every fault of a routes file."`
}

// routesFrom are the routes of a file, or those in force.
type routesFrom struct {
	File    string `name:"file" short:"f" help:"A routes file; without it what the notifier uses." placeholder:"FILE"`
	Channel string `name:"channel" help:"With --file: the channel for what no route takes." default:"#ops" placeholder:"CHANNEL"`
}

// table returns them, with what people added at run time where a notifier has
// them.
func (f *routesFrom) table(ctx context.Context, g *settings) (route.Table, []oncall.Rotation, error) {
	if f.File != "" {
		data, err := os.ReadFile(f.File)
		if err != nil {
			return route.Table{}, nil, err
		}
		t, err := route.Parse(data, f.Channel)
		return t, t.Oncall, err
	}
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return route.Table{}, nil, err
	}
	defer conn.Close()
	return routesInForce(ctx, conn)
}

var errNoRoutes = errors.New("no notifier has said which routes it uses: is one running? `--file FILE` reads a file")

// routesInForce returns the routes that the notifier uses.
func routesInForce(ctx context.Context, conn *bus.Conn) (route.Table, []oncall.Rotation, error) {
	e, err := bus.RoutesInForce.Get(ctx, conn, "file")
	if errors.Is(err, bus.ErrNotFound) {
		return route.Table{}, nil, errNoRoutes
	}
	if err != nil {
		return route.Table{}, nil, err
	}
	f, err := route.ReadInForce(e.Value)
	if err != nil {
		return route.Table{}, nil, fmt.Errorf("routes in force: %w", err)
	}
	t, err := f.Table()
	if err != nil {
		return t, nil, fmt.Errorf("the routes in force are not understood by this version of parley: %w", err)
	}
	entries, err := bus.Subscriptions.List(ctx, conn)
	if err != nil {
		return t, nil, err
	}
	var subs []route.Subscription
	for _, e := range entries {
		var s route.Subscription
		if json.Unmarshal(e.Value, &s) == nil {
			subs = append(subs, s)
		}
	}
	slices.SortFunc(subs, func(a, b route.Subscription) int { return a.At.Compare(b.At) })
	overrides, err := bus.OncallOverrides.List(ctx, conn)
	if err != nil {
		return t, nil, err
	}
	var all []oncall.StandIn
	for _, e := range overrides {
		var o oncall.StandIn
		if json.Unmarshal(e.Value, &o) == nil {
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b oncall.StandIn) int { return a.At.Compare(b.At) })
	return t.With(subs), oncall.With(t.Oncall, all), nil
}

type routeTestCmd struct {
	routesFrom
	Words []string `arg:"" name:"label=value" help:"Labels that the incident would have, with policy=, severity= and team= among them; at the end perhaps: at TIME."`
}

// Help explains the command.
func (routeTestCmd) Help() string {
	return `Says which channels are told, whom the message names, and what follows while
nobody acknowledges. A time is this machine's: 22:30, or 2026-12-24 22:30. A
policy that names channels itself wins over routes.

Examples:
  parley route test team=payments severity=critical
  parley route test env=prod service=shop at 23:30
  parley route test --file deploy/routes/routes.yaml team=payments`
}

// deliveryView is a channel that is told, in JSON.
type deliveryView struct {
	Channel    string     `json:"channel"`
	Why        string     `json:"why"`
	Path       []string   `json:"path"`
	Mentions   []string   `json:"mentions"`
	Held       bool       `json:"held"`
	QuietUntil *time.Time `json:"quiet_until,omitempty"`
	Timeline   []string   `json:"timeline"`
}

// Run decides and prints.
func (c *routeTestCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	in, at, err := route.Question(c.Words, time.Now())
	if err != nil {
		return usageError{err}
	}
	t, _, err := c.table(ctx, g)
	if err != nil {
		return err
	}
	views := []deliveryView{}
	for _, d := range t.Decide(in, at) {
		v := deliveryView{d.Channel, d.Why, append([]string{}, d.Path...), append([]string{}, d.Mentions...), d.Held, nil, d.Timeline()}
		if !d.QuietUntil.IsZero() {
			v.QuietUntil = &d.QuietUntil
		}
		views = append(views, v)
	}
	return s.Result(map[string]any{"at": at, "deliveries": views}, func() {
		for i, v := range views {
			if i > 0 {
				s.Line("")
			}
			s.Line(s.Paint(screen.Bold, v.Channel) + "  " + v.Why)
			if len(v.Path) > 1 {
				s.Line("  by " + strings.Join(v.Path, " › "))
			}
			for _, t := range v.Timeline {
				s.Line("  • " + t)
			}
		}
	})
}

type routeShowCmd struct{ routesFrom }

// Help explains the command.
func (routeShowCmd) Help() string {
	return `Examples:
  parley route show
  parley route show --file deploy/routes/routes.yaml`
}

// Run prints them.
func (c *routeShowCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	t, _, err := c.table(ctx, g)
	if err != nil {
		return err
	}
	subs := t.Subscriptions()
	return s.Result(map[string]any{"routes": t.Lines(), "subscriptions": append([]route.Subscription{}, subs...)}, func() {
		for _, l := range t.Lines() {
			s.Line(l)
		}
		if len(subs) > 0 {
			table := &screen.Table{Head: []string{"SUBSCRIPTION", "OF", "TO", "BY"}, Flex: 1}
			for _, sub := range subs {
				table.Row(screen.C(sub.ID), screen.C(sub.Words()), screen.C(sub.To()), screen.C(sub.By))
			}
			s.Line("")
			s.Table(table)
		}
	})
}

type routeLintCmd struct {
	Paths []string `arg:"" name:"file" placeholder:"FILE" help:"Routes files, or - for standard input."`
}

// Help explains the command.
func (routeLintCmd) Help() string {
	return `Lists every fault as file:line:column and exits 1 when there is one. Needs no
server.

Examples:
  parley route lint deploy/routes/routes.yaml`
}

// Run lists what is wrong.
func (c *routeLintCmd) Run(s *screen.Screen) error {
	files, err := readYAML(c.Paths, s.In)
	if err != nil {
		return err
	}
	faults, good := []fault{}, 0
	for _, f := range files {
		t, problems := route.Read(f.content, "#ops")
		for _, p := range problems {
			faults = append(faults, fault{File: f.name, Line: p.Line, Column: p.Column, Text: p.Text})
		}
		good += len(t.Routes())
	}
	return showLint(s, lintResult{len(files), good, faults}, "route", "routes")
}

type oncallCmd struct {
	routesFrom
	Rotation string `arg:"" optional:"" name:"rotation" help:"Only this rotation."`
}

// Help explains the command.
func (oncallCmd) Help() string {
	return `Who stands in is said in the chat: /parley oncall override @ben until 18:00.

Examples:
  parley oncall
  parley oncall primary --json`
}

// rotationView is who is on call, in JSON.
type rotationView struct {
	Rotation string    `json:"rotation"`
	Now      string    `json:"now"`
	Until    time.Time `json:"until"`
	StandsIn bool      `json:"stands_in"`
	Next     string    `json:"next"`
}

// Run prints who is on call.
func (c *oncallCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	_, rotations, err := c.table(ctx, g)
	if err != nil {
		return err
	}
	if c.Rotation != "" {
		r, ok := oncall.Named(rotations, c.Rotation)
		if !ok {
			return fmt.Errorf("no rotation %q: `parley oncall` lists them all", c.Rotation)
		}
		rotations = []oncall.Rotation{r}
	}
	now := time.Now()
	views := []rotationView{}
	for _, r := range rotations {
		shift := r.At(now)
		views = append(views, rotationView{r.Name, shift.Who, shift.Until, shift.Override != nil, r.Next(now).Who})
	}
	return s.Result(map[string]any{"oncall": views}, func() {
		if len(rotations) == 0 {
			s.Line("Nobody is on call: the routes file has no oncall rotation.")
			return
		}
		t := &screen.Table{Head: []string{"ROTATION", "NOW", ""}, Flex: 2}
		for _, r := range rotations {
			who, then := r.Words(now)
			t.Row(screen.C(r.Name), screen.C(who), screen.C(then))
		}
		s.Table(t)
	})
}
