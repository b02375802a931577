package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/unit"
)

type statusCmd struct {
	Watch bool     `name:"watch" short:"w" help:"Again and again until Ctrl-C; with --json one document a line."`
	Every interval `name:"every" help:"How often, with --watch." default:"2s" placeholder:"DURATION"`
	Check bool     `name:"check" help:"Exit 1 when there is a problem."`
}

// Help explains the command.
func (statusCmd) Help() string {
	return `Problems come first, in words, with what to do about each. Then the services
that answer, partitions by owner, how far each consumer is behind, what the
streams hold, and dead letters of the last day by reason.

Examples:
  parley status
  parley status --watch
  parley status --check --json | jq .problems`
}

// Validate refuses a pace that would be a load.
func (c *statusCmd) Validate() error {
	if c.Every.span() < 200*time.Millisecond {
		return fmt.Errorf("--every: want at least 200ms")
	}
	return nil
}

// Run shows the status once, or until ctx is done.
func (c *statusCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	if !c.Watch {
		return c.once(ctx, conn, g, s)
	}
	t := time.NewTicker(c.Every.span())
	defer t.Stop()
	for {
		if err := c.once(ctx, conn, g, s); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil // Ctrl-C is how this ends
		case <-t.C:
		}
	}
}

func (c *statusCmd) once(ctx context.Context, conn *bus.Conn, g *settings, s *screen.Screen) error {
	ctx, cancel := context.WithTimeout(ctx, g.Timeout)
	defer cancel()
	st, err := gather(ctx, conn)
	if err != nil {
		return err
	}
	st.Problems = problems(st)
	st.Healthy = len(st.Problems) == 0
	if c.Watch && s.JSON {
		return s.Record(st)
	}
	if c.Watch {
		s.Clear()
	}
	if err := s.Result(st, func() { showStatus(s, st) }); err != nil {
		return err
	}
	if c.Check && !st.Healthy {
		return errSaid
	}
	return nil
}

// showStatus writes it for people.
func showStatus(s *screen.Screen, st status) {
	if st.Healthy {
		s.Line(s.Paint(screen.Green, "All is well.") + " " + openIncidents(st))
	} else {
		s.Line(s.Paint(screen.Bold, count(len(st.Problems), "problem")) + ". " + openIncidents(st))
		for _, p := range st.Problems {
			s.Line(s.Paint(screen.Red, "! ") + p.What)
			s.Line("  " + s.Paint(screen.Dim, "→ ") + p.Do)
		}
	}
	s.Line("")
	services := &screen.Table{Head: []string{"SERVICE", "INSTANCE", "VERSION", "RTT"}, Flex: 1}
	for _, v := range st.Services {
		services.Row(screen.C(v.Name), screen.C(v.Instance), screen.C(v.Version), screen.C(fmt.Sprintf("%.1f ms", v.RTTMilliseconds)))
	}
	s.Table(services)
	s.Line("")
	owners := &screen.Table{Head: []string{"PARTITIONS", "COUNT", "OWNER", "SERIES", "LAG", "INCIDENTS"}, Right: map[int]bool{1: true, 3: true, 4: true, 5: true}, Flex: 2}
	for _, o := range st.Owners {
		owners.Row(screen.C(ranges(o.Partitions)), screen.C(fmt.Sprint(len(o.Partitions))), screen.C(o.Owner),
			screen.C(fmt.Sprint(o.Series)), behind(o.Lag), screen.C(fmt.Sprint(o.IncidentsOpen)))
	}
	if len(st.Unowned) > 0 {
		owners.Row(screen.C(ranges(st.Unowned)), screen.C(fmt.Sprint(len(st.Unowned))), screen.Cell{Text: "nobody answers", Style: screen.Red})
	}
	s.Table(owners)
	s.Line("")
	showTeams(s, st)
	consumers := &screen.Table{Head: []string{"CONSUMER", "SERVICE", "PENDING", "UNDER WAY", "TRIED AGAIN"}, Right: map[int]bool{2: true, 3: true, 4: true}}
	for _, c := range st.Consumers {
		consumers.Row(screen.C(c.Stream+"/"+c.Name), screen.C(c.Service), behind(c.Pending), screen.C(fmt.Sprint(c.AckPending)), screen.C(fmt.Sprint(c.Redelivered)))
	}
	s.Table(consumers)
	s.Line("")
	streams := &screen.Table{Head: []string{"STREAM", "MESSAGES", "BYTES", "LIMIT", "KEPT", "OLDEST"}, Right: map[int]bool{1: true, 2: true, 3: true}}
	for _, v := range st.Streams {
		limit, oldest := "-", "-"
		if v.MaxBytes > 0 {
			limit = unit.Format(float64(v.MaxBytes), "bytes")
		}
		if v.Oldest != nil {
			oldest = span(st.At.Sub(*v.Oldest)) + " ago"
		}
		streams.Row(screen.C(v.Name), screen.C(fmt.Sprint(v.Messages)), screen.C(unit.Format(float64(v.Bytes), "bytes")), screen.C(limit),
			screen.C(span(time.Duration(v.MaxAgeSeconds*float64(time.Second)))), screen.C(oldest))
	}
	s.Table(streams)
	if st.AWS != nil {
		s.Line("")
		s.Line(st.AWS.line() + " By policy: parley aws cost.")
		s.Table(watchTable(st.AWS.Targets))
	}
	if len(st.DeadLetters) > 0 {
		s.Line("")
		dead := &screen.Table{Head: []string{"DEAD LETTERS", "COUNT", "LAST", "REASON"}, Right: map[int]bool{1: true}, Flex: 3}
		for _, d := range st.DeadLetters {
			dead.Row(screen.C(d.Subject), screen.C(fmt.Sprint(d.Count)), screen.C(span(st.At.Sub(d.LastAt))+" ago"), screen.C(d.Reason))
		}
		s.Table(dead)
	}
}

func openIncidents(st status) string {
	if st.IncidentsOpen == 0 {
		return "No incident is open."
	}
	return count(st.IncidentsOpen, "incident") + " open: parley incident list."
}

func behind(n uint64) screen.Cell {
	c := screen.C(fmt.Sprint(n))
	if n > manyBehind {
		c.Style = screen.Yellow
	}
	return c
}

// ranges returns "00-02, 07" for sorted partitions.
func ranges(ps []int) string {
	var out []string
	for i := 0; i < len(ps); {
		j := i
		for j+1 < len(ps) && ps[j+1] == ps[j]+1 {
			j++
		}
		first := bus.Partition(ps[i]).String()
		if j > i {
			first += "-" + bus.Partition(ps[j]).String()
		}
		out = append(out, first)
		i = j + 1
	}
	return strings.Join(out, ", ")
}
