package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/savings"
)

type costCmd struct{}

// Help explains the command.
func (costCmd) Help() string {
	return `What is paid for and not used, with its owner and what it costs a month, and what
stopping saved: of runs of actions, until Parley starts the thing again and 30
days each at most. All of it at list price, on demand; what nobody knows the
price of says so and is not in a sum. What watching costs, by policy, is parley
aws cost.

Examples:
  parley cost
  parley cost --json | jq '.finds[] | select(.usd_month > 100) | .resource'`
}

// moneyView is what is wasted and what was saved, in JSON.
type moneyView struct {
	// USDMonth is of the finds whose price is known; Unpriced are the others.
	USDMonth float64    `json:"usd_month"`
	Unpriced int        `json:"unpriced"`
	Finds    []findView `json:"finds"`
	// SavedMonth is this month's (UTC), SavedEver of all that is remembered.
	SavedMonth savings.Saved `json:"saved_month"`
	SavedEver  savings.Saved `json:"saved_ever"`
	Watching   float64       `json:"watching_usd"`
	Prices     string        `json:"prices"`
}

// findView is one thing that is paid for and not used.
type findView struct {
	Incident string  `json:"incident"`
	Kind     string  `json:"kind"`
	Name     string  `json:"name"`
	Resource string  `json:"resource"`
	Account  string  `json:"account"`
	Region   string  `json:"region"`
	Owner    string  `json:"owner,omitempty"`
	Hours    float64 `json:"hours"`
	// USDMonth is absent when nobody knows.
	USDMonth *float64 `json:"usd_month,omitempty"`
}

// Run shows it.
func (costCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	open, err := liveIncidents(ctx, conn, g, s, &eventv1.IncidentQuery{})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, g.Timeout)
	defer cancel()
	records, err := bus.ActionRuns.List(ctx, conn)
	if err != nil {
		return err
	}
	runs := make([]*eventv1.RunChanged, 0, len(records))
	for _, r := range records {
		runs = append(runs, r.Value.GetRun())
	}
	watching, err := watched(ctx, conn)
	if err != nil {
		return err
	}
	v := money(open, runs, watching.USD, time.Now().UTC())
	return s.Result(v, func() { showMoney(s, v) })
}

// money puts it together.
func money(open []*eventv1.IncidentChanged, runs []*eventv1.RunChanged, watching float64, now time.Time) moneyView {
	finds := savings.Finds(open, now)
	v := moneyView{Finds: []findView{}, SavedMonth: savings.Of(runs, savings.Month(now), now), SavedEver: savings.Of(runs, time.Time{}, now),
		Watching: watching, Prices: savings.Note()}
	v.USDMonth, v.Unpriced = savings.Total(finds)
	for _, f := range finds {
		one := findView{f.Incident, f.Kind, f.Name, f.Resource, f.Account, f.Region, f.Owner, f.For.Hours(), nil}
		if f.Priced {
			one.USDMonth = &f.USDMonth
		}
		v.Finds = append(v.Finds, one)
	}
	return v
}

func showMoney(s *screen.Screen, v moneyView) {
	switch {
	case len(v.Finds) == 0:
		s.Line("Nothing is paid for and not used, as far as Parley can see.")
	case v.Unpriced == len(v.Finds):
		s.Line(fmt.Sprintf("Paid for and not used: %s of unknown price.", count(len(v.Finds), "thing")))
	default:
		s.Line(fmt.Sprintf("Paid for and not used: %s, about %s a month.", count(len(v.Finds), "thing"), savings.USD(v.USDMonth)))
	}
	if len(v.Finds) > 0 {
		s.Line("")
		t := &screen.Table{Head: []string{"A MONTH", "NAME", "WHAT", "FOR", "OWNER", "WHERE", "INCIDENT"}, Right: map[int]bool{0: true}, Flex: 1}
		for _, f := range v.Finds {
			price := "unknown"
			if f.USDMonth != nil {
				price = savings.USD(*f.USDMonth)
			}
			t.Row(screen.C(price), screen.C(f.Name), screen.C(savings.Find{Kind: f.Kind}.What()), screen.C(span(time.Duration(f.Hours*float64(time.Hour)))),
				screen.C(cmp.Or(f.Owner, "-")), screen.C(f.Account+" "+f.Region), screen.C(f.Incident[:min(8, len(f.Incident))]))
		}
		s.Table(t)
		s.Line("")
	}
	if v.SavedEver.Runs == 0 {
		s.Line("Nothing was stopped with Parley yet, so nothing was saved.")
	} else {
		s.Line(fmt.Sprintf("Saved this month: %s; since %s: %s. What is stopped now saves %s an hour.", savings.USD(v.SavedMonth.USD),
			v.SavedEver.Since.Format("2 Jan 2006"), savings.USD(v.SavedEver.USD), savings.USD(v.SavedEver.USDPerHour)))
	}
	s.Line(s.Paint(screen.Dim, "Prices: "+v.Prices+"."))
}
