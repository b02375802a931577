package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/ranking"
	"github.com/parley-ops/parley/services/internal/unit"
)

type topCmd struct {
	Metric string   `arg:"" placeholder:"METRIC" help:"The metric's name, exactly."`
	Labels []string `arg:"" optional:"" name:"label=value" help:"Also label!=value, label=~regexp, label!~regexp."`
	By     string   `name:"by" help:"One row for each value of this label: its highest series counts." placeholder:"LABEL"`
	Count  int      `name:"count" short:"n" help:"How many rows." default:"10" placeholder:"N"`
}

// Help explains the command.
func (topCmd) Help() string {
	return `The newest values, the highest first. What had no value in the last 15 minutes
is left out.

Examples:
  parley top cpu
  parley top latency.p99 env=prod --by service -n 5
  parley top disk.used_percent --json | jq -r '.top[0].labels.host'`
}

// topView is a row in JSON.
type topView struct {
	// Labels are the series', or the one label that rows are by.
	Labels map[string]string `json:"labels"`
	Value  float64           `json:"value"`
	Unit   string            `json:"unit,omitempty"`
	At     time.Time         `json:"at"`
	// Series is how many there are of a label's value.
	Series int `json:"series"`
}

// topResult is the JSON of `top`.
type topResult struct {
	Metric    string    `json:"metric"`
	By        string    `json:"by,omitempty"`
	Truncated bool      `json:"truncated"`
	Top       []topView `json:"top"`
}

// Run asks all partitions and puts in order what they have.
func (c *topCmd) Run(ctx context.Context, g *settings, s *screen.Screen) error {
	if c.Count < 1 {
		return usageError{errors.New("--count: want 1 or more")}
	}
	now := time.Now()
	ask := &queryCmd{Metric: c.Metric, Labels: c.Labels, Since: interval(ranking.Recent), Limit: ranking.Compared}
	q, err := ask.query(now)
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
	ask.Limit = 0 // of all partitions together
	all := ask.result(q, answers)
	rows, err := c.rank(all.Series)
	if err != nil {
		return err
	}
	r := topResult{Metric: c.Metric, By: c.By, Truncated: all.Truncated || len(rows) > c.Count, Top: rows[:min(len(rows), c.Count)]}
	if all.Truncated {
		s.Note(fmt.Sprintf("there are more series than are compared: %d of a partition; name labels", ranking.Compared))
	}
	return s.Result(r, func() {
		if len(rows) == 0 {
			s.Line(fmt.Sprintf("No series of %s in the last %s. parley query --list shows what there is.", c.Metric, span(ranking.Recent)))
			return
		}
		t := &screen.Table{Head: []string{"", "VALUE", "AT", word(c.By != "", strings.ToUpper(c.By), "LABELS")}, Right: map[int]bool{0: true, 1: true}, Flex: 3}
		for i, v := range r.Top {
			name := labelText(label.FromMap(v.Labels).Proto())
			if c.By != "" {
				name = v.Labels[c.By]
			}
			if v.Series > 1 {
				name += fmt.Sprintf(" (of %d)", v.Series)
			}
			t.Row(screen.C(strconv.Itoa(i+1)), screen.C(unit.Format(v.Value, v.Unit)), screen.C(clock(v.At, now)), screen.C(name))
		}
		s.Table(t)
		if more := len(rows) - len(r.Top); more > 0 {
			s.Note(fmt.Sprintf("… and %d more (--count)", more))
		}
	})
}

// rank puts series, or the highest of each value of a label, in order.
func (c *topCmd) rank(all []seriesView) ([]topView, error) {
	var list []*eventv1.SeriesHistory
	for _, v := range all {
		list = append(list, v.history)
	}
	ranked, err := ranking.Rank(list, c.By)
	var no *ranking.NoLabelError
	if errors.As(err, &no) {
		fix := "there are: " + cmp.Or(strings.Join(no.Have, ", "), "none")
		if no.Nearest != "" {
			fix = fmt.Sprintf("did you mean %s?", no.Nearest)
		}
		return nil, &settingError{what: fmt.Sprintf("no series of %s has a label %q", c.Metric, c.By), fix: fix}
	}
	rows := []topView{}
	for _, r := range ranked {
		h := r.Highest
		row := topView{Labels: label.FromProto(h.GetSeries().GetLabels()).Map(), Value: r.Last(), Unit: h.GetUnit(),
			At: time.UnixMilli(h.GetTimeUnixMs()[len(h.GetValues())-1]).UTC(), Series: r.Series}
		if c.By != "" {
			row.Labels = map[string]string{c.By: r.Value}
		}
		rows = append(rows, row)
	}
	return rows, err
}
