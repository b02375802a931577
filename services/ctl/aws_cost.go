package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
)

type awsCostCmd struct{}

// Help explains the command.
func (awsCostCmd) Help() string {
	return `What CloudWatch asks for the readings that the collectors make, at list price
and rather too high than too low: so far this month, by its end at the present
pace, and each policy's share of a whole month. A series that two policies need
counts half for each.

Examples:
  parley aws cost
  parley aws cost --json | jq '.policies[] | select(.usd_per_month > 1)'`
}

// costView is what watching costs, in JSON.
type costView struct {
	Month       string       `json:"month"`
	USD         float64      `json:"usd"`
	ForecastUSD float64      `json:"forecast_usd"`
	Targets     []watchView  `json:"targets"`
	Policies    []policyCost `json:"policies"`
	// Advice is what would be cheaper, in words.
	Advice []string `json:"advice"`
}

// watchView is one account in one region.
type watchView struct {
	Account          string  `json:"account"`
	AccountName      string  `json:"account_name"`
	Region           string  `json:"region"`
	Month            string  `json:"month"`
	At               string  `json:"at,omitempty"`
	USD              float64 `json:"usd"`
	ForecastUSD      float64 `json:"forecast_usd"`
	BudgetUSD        float64 `json:"budget_usd,omitempty"`
	Stretch          float64 `json:"stretch,omitempty"`
	Series           uint64  `json:"series"`
	DataRequests     uint64  `json:"data_requests"`
	MetricsRequested uint64  `json:"metrics_requested"`
	ListRequests     uint64  `json:"list_requests"`
	StreamUSD        float64 `json:"stream_usd,omitempty"`
	LagSeconds       float64 `json:"lag_seconds,omitempty"`
	Problem          string  `json:"problem,omitempty"`
}

func (v watchView) name() string { return cmp.Or(v.AccountName, v.Account) + ", " + v.Region }

type policyCost struct {
	Policy      string  `json:"policy"`
	Series      uint64  `json:"series"`
	USDPerMonth float64 `json:"usd_per_month"`
}

// watched returns what the collectors say of each account and region.
func watched(ctx context.Context, conn *bus.Conn) (costView, error) {
	v := costView{Targets: []watchView{}, Policies: []policyCost{}, Advice: []string{}}
	entries, err := bus.WatchCosts.List(ctx, conn)
	if err != nil {
		return v, err
	}
	var all []*eventv1.WatchCost
	for _, e := range entries {
		all = append(all, e.Value)
	}
	v.add(all, time.Now().UTC())
	return v, nil
}

// add takes in what is of this month; an account that is no longer watched is
// still in the bucket with its last one.
func (v *costView) add(all []*eventv1.WatchCost, now time.Time) {
	v.Month = now.Format("2006-01")
	policies := map[string]*policyCost{}
	for _, w := range all {
		if w.GetMonth() != v.Month {
			continue
		}
		one := watchView{Account: w.GetAccount(), AccountName: w.GetAccountName(), Region: w.GetRegion(), Month: w.GetMonth(), USD: w.GetUsd(), ForecastUSD: w.GetForecastUsd(),
			BudgetUSD: w.GetBudgetUsd(), Stretch: w.GetStretch(), Series: w.GetSeries(), DataRequests: w.GetDataRequests(), MetricsRequested: w.GetMetricsRequested(),
			ListRequests: w.GetListRequests(), StreamUSD: w.GetStreamUsd(), LagSeconds: w.GetLag().AsDuration().Seconds(), Problem: w.GetProblem()}
		if w.GetAt() != nil {
			one.At = w.GetAt().AsTime().Format(time.RFC3339)
		}
		v.Targets = append(v.Targets, one)
		v.USD += one.USD
		v.ForecastUSD += one.ForecastUSD
		whole := 0.0 // what a whole month costs: the forecast is of this one, which may have begun without us
		for _, p := range w.GetPolicies() {
			whole += p.GetUsdPerMonth()
			if policies[p.GetPolicy()] == nil {
				policies[p.GetPolicy()] = &policyCost{Policy: p.GetPolicy()}
			}
			policies[p.GetPolicy()].Series += p.GetSeries()
			policies[p.GetPolicy()].USDPerMonth += p.GetUsdPerMonth()
		}
		if one.StreamUSD > 0 && one.StreamUSD < whole {
			v.Advice = append(v.Advice, fmt.Sprintf("In %s a metric stream of the same %s would come to %s a month instead of %s, plus Firehose: deploy/aws/cloudformation/metric-stream.yaml.",
				one.name(), count(int(one.Series), "series", "series"), usd(one.StreamUSD), usd(whole)))
		}
		switch {
		case one.Stretch > 1 && one.BudgetUSD == 0:
			v.Advice = append(v.Advice, fmt.Sprintf("In %s intervals are %.1f times longer, to keep to what 1,000 series may cost an hour without a budget (--collector-cloudwatch-thousand-usd); a budget in the accounts file would read sooner.",
				one.name(), one.Stretch))
		case one.Stretch > 1:
			v.Advice = append(v.Advice, fmt.Sprintf("In %s the budget of %s a month stretches intervals %.1f times; more budget or fewer policies would read sooner.",
				one.name(), usd(one.BudgetUSD), one.Stretch))
		}
	}
	slices.SortFunc(v.Targets, func(a, b watchView) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region))
	})
	slices.Sort(v.Advice)
	for _, p := range policies {
		v.Policies = append(v.Policies, *p)
	}
	slices.SortFunc(v.Policies, func(a, b policyCost) int {
		return cmp.Or(cmp.Compare(b.USDPerMonth, a.USDPerMonth), cmp.Compare(a.Policy, b.Policy))
	})
}

// line is all of it in a sentence.
func (v costView) line() string {
	return fmt.Sprintf("Watching AWS has cost %s this month, and comes to %s by its end at this pace.", usd(v.USD), usd(v.ForecastUSD))
}

// Run shows it.
func (awsCostCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(ctx, g.Timeout)
	defer cancel()
	v, err := watched(ctx, conn)
	if err != nil {
		return err
	}
	return s.Result(v, func() { showCost(s, v) })
}

func showCost(s *screen.Screen, v costView) {
	if len(v.Targets) == 0 {
		s.Line("No AWS account has been watched this month: is cloudwatch among --collector-sources, and does `parley aws doctor` find nothing?")
		return
	}
	s.Line(v.line())
	s.Line("")
	t := watchTable(v.Targets)
	s.Table(t)
	for _, w := range v.Targets {
		if w.Problem != "" {
			s.Line(s.Paint(screen.Red, "! ") + w.name() + ": " + w.Problem)
		}
	}
	if len(v.Policies) > 0 {
		s.Line("")
		p := &screen.Table{Head: []string{"POLICY", "SERIES", "COSTS"}, Right: map[int]bool{1: true}}
		for _, c := range v.Policies {
			p.Row(screen.C(c.Policy), screen.C(fmt.Sprint(c.Series)), screen.C("this policy costs "+usd(c.USDPerMonth)+" a month"))
		}
		s.Table(p)
	}
	for _, a := range v.Advice {
		s.Line(s.Paint(screen.Dim, "→ ") + a)
	}
}

func watchTable(targets []watchView) *screen.Table {
	t := &screen.Table{Head: []string{"ACCOUNT", "REGION", "SERIES", "THIS MONTH", "FORECAST", "BUDGET", "STRETCHED", "LAG"},
		Right: map[int]bool{2: true, 3: true, 4: true, 5: true, 6: true, 7: true}}
	for _, w := range targets {
		budget, stretched, lag := "-", "-", "-"
		if w.BudgetUSD > 0 {
			budget = usd(w.BudgetUSD)
		}
		if w.Stretch > 1 {
			stretched = fmt.Sprintf("%.1f×", w.Stretch)
		}
		if w.LagSeconds > 0 {
			lag = span(time.Duration(w.LagSeconds * float64(time.Second)))
		}
		t.Row(screen.C(cmp.Or(w.AccountName, w.Account)), screen.C(w.Region), screen.C(fmt.Sprint(w.Series)), screen.C(usd(w.USD)), screen.C(usd(w.ForecastUSD)),
			screen.C(budget), screen.C(stretched), screen.C(lag))
	}
	return t
}

// unheard is after how long without a word a target counts as not looked at:
// collectors say something each time they have read.
const unheard = 90 * time.Minute

// awsProblems returns what is wrong with the accounts that are watched.
func awsProblems(st status) (out []problem) {
	if st.AWS == nil {
		return nil
	}
	for _, w := range st.AWS.Targets {
		at, err := time.Parse(time.RFC3339, w.At)
		switch {
		case w.Problem != "":
			out = append(out, problem{fmt.Sprintf("AWS %s: %s", w.name(), strings.TrimSuffix(w.Problem, ".")+"."), "parley aws doctor " + cmp.Or(w.AccountName, w.Account)})
		case err == nil && st.At.Sub(at) > unheard:
			out = append(out, problem{fmt.Sprintf("AWS %s has not been read for %s.", w.name(), span(st.At.Sub(at))),
				"if it is no longer among the accounts, this passes with the month; else see the collectors' logs"})
		}
	}
	return out
}
