package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/label"
)

type queryCmd struct {
	Metric    string   `arg:"" optional:"" placeholder:"METRIC" help:"The metric's name, exactly."`
	Labels    []string `arg:"" optional:"" name:"label=value" help:"Also label!=value, label=~regexp, label!~regexp."`
	Since     interval `name:"since" help:"How far back." default:"1h" placeholder:"DURATION"`
	List      bool     `name:"list" short:"l" help:"Only which series there are; without METRIC, of all metrics."`
	CSV       bool     `name:"csv" help:"Write every sample as CSV." xor:"format"`
	Limit     uint32   `name:"limit" help:"At most this many series." default:"50" placeholder:"N"`
	Threshold *float64 `name:"threshold" help:"Draw this line; without it, that of an open incident or of a policy." placeholder:"VALUE"`
	Plot      bool     `name:"plot" help:"Draw the one series also when this is no terminal." xor:"format"`
}

// Help explains the command.
func (queryCmd) Help() string {
	return `Recent samples, as the evaluators hold them in memory. A terminal shows one
series as a chart with its threshold, several with a sparkline each; a pipe gets
a plain table.

Examples:
  parley query latency.p99 service=checkout
  parley query disk.used_percent 'host=~db-.*' --since 6h
  parley query --list
  parley query orders.pending --csv > orders.csv
  parley query orders.pending --json | jq '.series[].samples[-1]'`
}

// queryResult is the JSON of `query`.
type queryResult struct {
	Metric    string       `json:"metric"`
	From      time.Time    `json:"from"`
	To        time.Time    `json:"to"`
	Truncated bool         `json:"truncated"`
	Series    []seriesView `json:"series"`
}

type seriesView struct {
	// ID is in hexadecimal: JSON's numbers are too small for it.
	ID     string            `json:"id"`
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
	Unit   string            `json:"unit,omitempty"`
	// Samples are pairs of epoch milliseconds and value, oldest first.
	Samples [][2]float64 `json:"samples,omitempty"`

	history *eventv1.SeriesHistory
}

// Run asks all partitions: a metric's series are spread over them.
func (c *queryCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	q, err := c.query(time.Now())
	if err != nil {
		return usageError{err}
	}
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return err
	}
	defer conn.Close()
	answers, err := queryAll(ctx, conn, g, s, &eventv1.Query{Query: &eventv1.Query_History{History: q}})
	if err != nil {
		return err
	}
	r := c.result(q, answers)
	if r.Truncated {
		s.Note(fmt.Sprintf("there is more: shown are %s (--limit)", count(len(r.Series), "series", "series")))
	}
	if c.CSV {
		return writeCSV(s.Out, r)
	}
	return s.Result(r, func() { c.show(ctx, conn, g, s, r) })
}

func (c *queryCmd) query(now time.Time) (*eventv1.HistoryQuery, error) {
	if c.List && strings.Contains(c.Metric, "=") {
		c.Metric, c.Labels = "", append([]string{c.Metric}, c.Labels...)
	}
	switch {
	case c.Metric == "" && !c.List:
		return nil, errors.New("expected METRIC; or --list for the names of all")
	case strings.Contains(c.Metric, "="):
		return nil, fmt.Errorf("expected METRIC before %q", c.Metric)
	case c.Since <= 0:
		return nil, errors.New("--since: want a time such as 15m or 1h")
	}
	matchers, err := label.ParseMatchers(c.Labels)
	if err != nil {
		return nil, err
	}
	return &eventv1.HistoryQuery{Name: c.Metric, Matchers: matchers.Proto(), NamesOnly: c.List, MaxSeries: c.Limit,
		From: timestamppb.New(now.Add(-c.Since.span())), To: timestamppb.New(now)}, nil
}

func (c *queryCmd) result(q *eventv1.HistoryQuery, answers []*eventv1.QueryAnswer) queryResult {
	r := queryResult{Metric: c.Metric, From: q.GetFrom().AsTime(), To: q.GetTo().AsTime(), Series: []seriesView{}}
	for _, a := range answers {
		r.Truncated = r.Truncated || a.GetTruncated()
		for _, h := range a.GetSeries() {
			ref := h.GetSeries()
			v := seriesView{ID: fmt.Sprintf("%016x", ref.GetId()), Name: ref.GetName(), Labels: label.FromProto(ref.GetLabels()).Map(), Unit: h.GetUnit(), history: h}
			for i, t := range h.GetTimeUnixMs() {
				v.Samples = append(v.Samples, [2]float64{float64(t), h.GetValues()[i]})
			}
			r.Series = append(r.Series, v)
		}
	}
	slices.SortFunc(r.Series, func(a, b seriesView) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(labelText(a.history.GetSeries().GetLabels()), labelText(b.history.GetSeries().GetLabels())))
	})
	if c.Limit > 0 && len(r.Series) > int(c.Limit) {
		r.Series, r.Truncated = r.Series[:c.Limit], true
	}
	return r
}
