package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nuid"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/maintenance"
)

type maintenanceCmd struct {
	Add    maintenanceAddCmd    `cmd:"" help:"Plan a time in which what matches is recorded but not told."`
	List   maintenanceListCmd   `cmd:"" help:"List maintenance windows."`
	Extend maintenanceExtendCmd `cmd:"" help:"Make a maintenance window that is under way last longer."`
	End    maintenanceEndCmd    `cmd:"" help:"End a maintenance window: it is over, and comes no more."`
}

type maintenanceAddCmd struct {
	Matcher []string `name:"matcher" short:"m" sep:"none" required:"" help:"name=value, name!=value, name=~regexp or name!~regexp; all must match." placeholder:"MATCHER"`
	Comment string   `name:"comment" required:"" help:"Why, for the others; also what it is called." placeholder:"TEXT"`
	When    []string `arg:"" name:"when" help:"2h, or from TIME to TIME [ZONE], or every DAYS HH:MM-HH:MM [ZONE]."`
}

// Help explains the command.
func (maintenanceAddCmd) Help() string {
	return `What is still open when it ends is told then. Times are by the clocks of the
zone that is named, else by UTC's. When it begins and ends is told in the chat.

Examples:
  parley maintenance add --matcher tier=db --comment "new disks" 2h
  parley maintenance add -m service=shop --comment "move" from 22:00 to 02:00 Europe/Berlin
  parley maintenance add -m tier=db --comment reboot every sat 02:00-04:00 Europe/Berlin`
}

// window returns what is asked for.
func (c *maintenanceAddCmd) window(now time.Time) (*eventv1.Maintenance, error) {
	m, rest, err := maintenance.Parse(strings.Fields(strings.Join(c.When, " ")), now)
	if err != nil {
		return nil, err
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("%q is not understood: write %s, and why with --comment", strings.Join(rest, " "), maintenance.Usage)
	}
	matchers, err := label.ParseMatchers(c.Matcher)
	if err != nil {
		return nil, fmt.Errorf("--matcher: %w", err)
	}
	m.Id, m.Matchers, m.Author, m.Comment = nuid.Next(), matchers.Proto(), personName(person()), c.Comment
	return m, maintenance.Check(m)
}

// Run gives the order and waits until the window is there.
func (c *maintenanceAddCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	m, err := c.window(time.Now())
	if err != nil {
		return usageError{err}
	}
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	there := stored(conn, bus.Maintenances, m.GetId(), planned)
	order := &eventv1.Order{Order: &eventv1.Order_Maintenance{Maintenance: &eventv1.MaintenanceOrder{Maintenance: m}}}
	return give(ctx, conn, g, s, "maintenance", m.GetId(), order, there)
}

// planned says when a window is.
func planned(m *eventv1.Maintenance) string {
	return fmt.Sprintf("maintenance %s %s", m.GetId(), viewMaintenance(m, time.Now()).when(time.Now()))
}

// maintenanceView is a window in JSON; its times are of the span that is under
// way, or of the next.
type maintenanceView struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	State    string     `json:"state"` // active, pending or ended
	Matchers []string   `json:"matchers"`
	StartsAt *time.Time `json:"starts_at,omitempty"`
	EndsAt   *time.Time `json:"ends_at,omitempty"`
	Every    string     `json:"every,omitempty"`
	Author   string     `json:"author"`
	Comment  string     `json:"comment"`
}

func viewMaintenance(m *eventv1.Maintenance, now time.Time) maintenanceView {
	v := maintenanceView{ID: m.GetId(), Name: maintenance.Name(m), State: "ended", Matchers: matcherTexts(m.GetMatchers()), Every: maintenance.When(m), Author: m.GetAuthor(), Comment: m.GetComment()}
	if span, ok := maintenance.At(m, now); ok {
		v.State, v.StartsAt, v.EndsAt = "pending", &span.Start, &span.End
		if !now.Before(span.Start) {
			v.State = "active"
		}
	}
	return v
}

// when says in words when it is.
func (v maintenanceView) when(now time.Time) string {
	switch v.State {
	case "active":
		return "until " + clock(*v.EndsAt, now)
	case "pending":
		return "from " + clock(*v.StartsAt, now) + " to " + clock(*v.EndsAt, now)
	}
	return "over"
}

type maintenanceListCmd struct {
	All bool `name:"all" short:"a" help:"Also those that are over."`
}

// Help explains the command.
func (maintenanceListCmd) Help() string {
	return `Those that come next come first.

Examples:
  parley maintenance list
  parley maintenance list --all --json`
}

// Run lists them.
func (c *maintenanceListCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	entries, err := bus.Maintenances.List(ctx, conn)
	if err != nil {
		return err
	}
	now := time.Now()
	views := []maintenanceView{}
	for _, e := range entries {
		if v := viewMaintenance(e.Value, now); c.All || v.State != "ended" {
			views = append(views, v)
		}
	}
	slices.SortFunc(views, func(a, b maintenanceView) int {
		if a.StartsAt == nil || b.StartsAt == nil {
			return word(a.StartsAt == nil, 1, 0) - word(b.StartsAt == nil, 1, 0)
		}
		return a.StartsAt.Compare(*b.StartsAt)
	})
	return s.Result(map[string]any{"maintenance": views}, func() {
		if len(views) == 0 {
			s.Line("No maintenance.")
			return
		}
		t := &screen.Table{Head: []string{"ID", "STATE", "NAME", "WHAT", "WHEN", "EVERY", "AUTHOR"}, Flex: 3}
		for _, v := range views {
			t.Row(screen.C(v.ID), screen.C(v.State), screen.C(v.Name), screen.C(strings.Join(v.Matchers, ", ")), screen.C(v.when(now)), screen.C(strings.TrimPrefix(v.Every, "every ")), screen.C(v.Author))
		}
		s.Table(t)
	})
}
