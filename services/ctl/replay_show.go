package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/plot"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/evaluator/replay"
	"github.com/parley-ops/parley/services/internal/label"
)

// replayShown is how many incidents are listed without --all.
const replayShown = 20

func (c *policyReplayCmd) show(s *screen.Screen, read replayed, sides []*side, v replayResult) {
	s.Line(fmt.Sprintf("%s of samples, %s to %s: %s of %s", span(read.to.Sub(read.from)), stamp(read.from), stamp(read.to), count(v.Samples, "sample"), count(v.Series, "series", "series")))
	for _, g := range v.Gaps {
		s.Line(s.Paint(screen.Yellow, fmt.Sprintf("nothing is stored from %s to %s: what was silent then may not have been", stamp(g.From), stamp(g.To))))
	}
	for _, l := range v.Lost {
		s.Line(s.Paint(screen.Yellow, fmt.Sprintf("%s %s dropped by the server before being archived, and not replayed", count(int(l.Entries), "entry", "entries"), between(l))))
	}
	s.Line("")
	for _, d := range sides {
		showOpen(s, d, read)
	}
	c.showPolicies(s, v)
	s.Line("")
	showTold(s, &v)
	s.Line("")
	if v.After == nil {
		c.list(s, len(v.Before.List), func(i int) string { return incidentLine(&v.Before.List[i]) })
		return
	}
	s.Line(v.verdict())
	c.list(s, len(v.Differences), func(i int) string { return differenceLine(s, &v.Differences[i]) })
}

// list writes lines, the first of them if they are many.
func (c *policyReplayCmd) list(s *screen.Screen, n int, line func(int) string) {
	for i := range n {
		if i == replayShown && !c.All {
			s.Line(fmt.Sprintf("… and %d more: --all lists them", n-i))
			return
		}
		s.Line(line(i))
	}
}

func (c *policyReplayCmd) showPolicies(s *screen.Screen, v replayResult) {
	compared := v.After != nil
	t := &screen.Table{Head: []string{"POLICY", "INCIDENTS"}, Right: map[int]bool{1: true}}
	if compared {
		t = &screen.Table{Head: []string{"POLICY", "BEFORE", "AFTER", "VANISH", "APPEAR", "DIFFER", ""}, Right: map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true}}
	}
	silent := 0
	number := func(n int, style screen.Style) screen.Cell {
		if n == 0 {
			return screen.C("-")
		}
		return screen.Cell{Text: strconv.Itoa(n), Style: style}
	}
	for _, p := range v.Policies {
		switch {
		case p.Before+p.After == 0 && (p.Change == "" || p.Change == "unchanged"):
			silent++
		case compared:
			t.Row(screen.C(p.Name), screen.C(strconv.Itoa(p.Before)), screen.C(strconv.Itoa(p.After)), number(p.Vanish, screen.Green), number(p.Appear, screen.Yellow),
				number(p.Other, screen.Dim), screen.C(word(p.Change == "unchanged", "", p.Change)))
		default:
			t.Row(screen.C(p.Name), screen.C(strconv.Itoa(p.Before)))
		}
	}
	if silent < len(v.Policies) {
		s.Table(t)
	}
	if silent > 0 {
		s.Line(s.Paint(screen.Dim, fmt.Sprintf("%s without any incident", count(silent, "policy", "policies"))))
	}
}

// verdict says in a sentence what changes.
func (v *replayResult) verdict() string {
	vanish, appear, other := 0, 0, 0
	for _, p := range v.Policies {
		vanish, appear, other = vanish+p.Vanish, appear+p.Appear, other+p.Other
	}
	if vanish+appear+other == 0 {
		return fmt.Sprintf("No incident changes: %s, as before.", count(v.After.Incidents, "incident"))
	}
	return fmt.Sprintf("%s would be %d: %d vanish, %d appear, %d open or end at another time or severity.", count(v.Before.Incidents, "incident"), v.After.Incidents, vanish, appear, other)
}

func differenceLine(s *screen.Screen, d *differenceView) string {
	switch d.Change {
	case "vanishes":
		return s.Paint(screen.Green, "vanishes") + " " + incidentLine(d.Before)
	case "appears":
		return s.Paint(screen.Yellow, "appears ") + " " + incidentLine(d.After)
	}
	a := d.After
	return s.Paint(screen.Dim, "differs ") + " " + incidentLine(d.Before) + fmt.Sprintf("\n         then %s %s, %s: %s", stamp(a.OpenedAt), a.Severity, lasting(a), a.Summary)
}

func incidentLine(v *replayView) string {
	return fmt.Sprintf("%s %s  %s%s, %s: %s", stamp(v.OpenedAt), v.Severity, v.Policy, label.FromMap(v.Labels), lasting(v), v.Summary)
}

// lasting says how long an incident is open.
func lasting(v *replayView) string {
	if v.ResolvedAt == nil {
		return "open at the end"
	}
	if d := v.ResolvedAt.Sub(v.OpenedAt); d >= time.Second {
		return "for " + span(d)
	}
	return "over at once"
}

// between says where something is missing; nothing need be before it.
func between(l lostView) string {
	if l.From.IsZero() {
		return "before " + stamp(l.To)
	}
	return fmt.Sprintf("from %s to %s", stamp(l.From), stamp(l.To))
}

func stamp(t time.Time) string { return t.Local().Format("2 Jan 15:04") }

// showOpen draws how many incidents are open over time.
func showOpen(s *screen.Screen, d *side, read replayed) {
	s.Line(s.Paint(screen.Bold, d.name) + fmt.Sprintf(": %s of %s", count(len(d.incidents), "incident"), count(len(d.policies), "policy", "policies")))
	width := 80
	if s.Terminal {
		width = min(s.Width, 120)
	}
	series := openOver(d.incidents, read.from, read.to, 2*width)
	if len(d.incidents) == 0 || len(series.Times) < 2 {
		s.Line("")
		return
	}
	format := word(read.to.Sub(read.from) > 36*time.Hour, "2 Jan", "15:04")
	chart := plot.Chart{Series: series, From: read.from.UnixMilli(), To: read.to.UnixMilli(), Width: width, Height: 7,
		Label: func(x float64) string { return strconv.FormatFloat(x, 'f', 0, 64) },
		Clock: func(t time.Time) string { return t.Local().Format(format) },
		Paint: func(k plot.Kind, text string) string {
			return s.Paint(word(k == plot.Axis, screen.Dim, screen.Cyan), text)
		}}
	s.Line(s.Paint(screen.Dim, "open incidents"))
	for _, l := range chart.Lines() {
		s.Line(l)
	}
	s.Line("")
}

// openOver counts the incidents that are open, at points of time.
func openOver(incidents []replay.Incident, from, to time.Time, points int) plot.Series {
	step := max(to.Sub(from)/time.Duration(points), time.Second)
	n := int(to.Sub(from)/step) + 1
	change := make([]int, n+1)
	for i := range incidents {
		in := &incidents[i]
		begin := max(0, min(n, int(in.Opened.Sub(from)/step)))
		end := n
		if !in.Resolved.IsZero() {
			end = max(begin+1, min(n, int(in.Resolved.Sub(from)/step)+1)) // a short one is seen too
		}
		change[begin]++
		change[min(end, n)]--
	}
	var out plot.Series
	open := 0
	for i := range n {
		open += change[i]
		out.Times = append(out.Times, from.Add(time.Duration(i)*step).UnixMilli())
		out.Values = append(out.Values, float64(open))
	}
	return out
}
