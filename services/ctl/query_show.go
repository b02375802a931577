package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/plot"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/unit"
)

// show writes the series for people: names, a chart of one, or a table.
func (c *queryCmd) show(ctx context.Context, conn *bus.Conn, g *settings, s *screen.Screen, r queryResult) {
	switch {
	case len(r.Series) == 0:
		s.Line(fmt.Sprintf("No series of %s in the last %s. parley query --list shows what there is.", word(c.Metric == "", "any metric", c.Metric), span(c.Since.span())))
	case c.List:
		t := &screen.Table{Head: []string{"METRIC", "LABELS", "UNIT"}, Flex: 1}
		for _, v := range r.Series {
			t.Row(screen.C(v.Name), screen.C(labelText(v.history.GetSeries().GetLabels())), screen.C(v.Unit))
		}
		s.Table(t)
	case (s.Terminal || c.Plot) && len(r.Series) == 1 && len(r.Series[0].Samples) > 1:
		showChart(s, r, c.threshold(ctx, conn, g, r.Series[0]))
	default:
		showSeries(s, r)
	}
}

func showSeries(s *screen.Screen, r queryResult) {
	t := &screen.Table{Head: []string{"LABELS", "LAST", "AT", "MIN", "MEAN", "MAX", "SAMPLES"}, Right: map[int]bool{1: true, 3: true, 4: true, 5: true, 6: true}}
	if s.Terminal {
		t.Head = append(t.Head, "TREND")
	}
	for _, v := range r.Series {
		f := factsOf(v)
		row := []screen.Cell{screen.C(labelText(v.history.GetSeries().GetLabels()))}
		if f.n == 0 {
			row = append(row, screen.C("-"), screen.C("-"), screen.C("-"), screen.C("-"), screen.C("-"), screen.C("0"))
		} else {
			row = append(row, screen.C(unit.Format(f.last, v.Unit)), screen.C(clock(f.at, r.To)), screen.C(unit.Format(f.low, v.Unit)),
				screen.C(unit.Format(f.mean, v.Unit)), screen.C(unit.Format(f.high, v.Unit)), screen.C(strconv.Itoa(f.n)))
		}
		if s.Terminal {
			row = append(row, screen.Cell{Text: plot.Spark(seriesOf(v), r.From.UnixMilli(), r.To.UnixMilli(), 24), Style: screen.Cyan})
		}
		t.Row(row...)
	}
	s.Table(t)
}

func showChart(s *screen.Screen, r queryResult, line limit) {
	v := r.Series[0]
	f := factsOf(v)
	s.Line(s.Paint(screen.Bold, v.Name) + " " + s.Paint(screen.Dim, labelText(v.history.GetSeries().GetLabels())))
	width := 80
	if s.Terminal {
		width = min(s.Width, 140)
	}
	chart := plot.Chart{Series: seriesOf(v), From: max(r.From.UnixMilli(), int64(v.Samples[0][0])), To: r.To.UnixMilli(), Width: width, Height: 16,
		Threshold: line.value, Below: line.below,
		Label: func(x float64) string { return axis(x, f.high-f.low, v.Unit) },
		Clock: func(t time.Time) string { return t.Local().Format("15:04") },
		Paint: func(k plot.Kind, text string) string {
			return s.Paint([]screen.Style{plot.Axis: screen.Dim, plot.Curve: screen.Cyan, plot.Breach: screen.Red, plot.Threshold: screen.Yellow}[k], text)
		}}
	for _, l := range chart.Lines() {
		s.Line(l)
	}
	s.Line(fmt.Sprintf("last %s at %s · min %s · mean %s · max %s · %s", unit.Format(f.last, v.Unit), clock(f.at, r.To),
		unit.Format(f.low, v.Unit), unit.Format(f.mean, v.Unit), unit.Format(f.high, v.Unit), count(f.n, "sample")))
}

type facts struct {
	n                     int
	last, low, mean, high float64
	at                    time.Time
}

func factsOf(v seriesView) facts {
	f := facts{n: len(v.Samples)}
	for i, s := range v.Samples {
		if i == 0 {
			f.low, f.high = s[1], s[1]
		}
		f.low, f.high = min(f.low, s[1]), max(f.high, s[1])
		f.mean += s[1] / float64(f.n)
		f.last, f.at = s[1], time.UnixMilli(int64(s[0]))
	}
	return f
}

func seriesOf(v seriesView) plot.Series {
	return plot.Series{Times: v.history.GetTimeUnixMs(), Values: v.history.GetValues()}
}

// axis writes a value as everywhere where three digits tell values apart that
// are spread so, else with six.
func axis(x, spread float64, in string) string {
	if spread <= 0 || spread >= math.Abs(x)/50 {
		return unit.Format(round(x, spread), in)
	}
	return strings.TrimSpace(strconv.FormatFloat(round(x, spread), 'g', 6, 64) + " " + in)
}

// round leaves as many digits as tell values apart that are spread apart.
func round(x, spread float64) float64 {
	if spread <= 0 {
		return x
	}
	step := 1.0
	for step > spread/20 {
		step /= 10
	}
	for step*10 < spread/20 {
		step *= 10
	}
	v, err := strconv.ParseFloat(strconv.FormatFloat(math.Round(x/step)*step, 'g', 6, 64), 64)
	if err != nil {
		return x
	}
	return v
}

// writeCSV writes one line a sample; every label of any series is a column.
func writeCSV(w io.Writer, r queryResult) error {
	names := map[string]bool{}
	for _, v := range r.Series {
		for n := range v.Labels {
			names[n] = true
		}
	}
	columns := slices.Sorted(maps.Keys(names))
	out := csv.NewWriter(w)
	_ = out.Write(append(append([]string{"time", "metric"}, columns...), "value"))
	for _, v := range r.Series {
		for _, s := range v.Samples {
			row := []string{time.UnixMilli(int64(s[0])).UTC().Format("2006-01-02T15:04:05.000Z"), v.Name}
			for _, n := range columns {
				row = append(row, v.Labels[n])
			}
			_ = out.Write(append(row, strconv.FormatFloat(s[1], 'g', -1, 64)))
		}
	}
	out.Flush()
	return out.Error()
}
