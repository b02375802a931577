package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/evaluator/detect"
	"github.com/parley-ops/parley/services/evaluator/detect/score"
	"github.com/parley-ops/parley/services/evaluator/forecast"
	"github.com/parley-ops/parley/services/evaluator/seriesfile"
)

// detection measures the detector and the forecasters over labelled series,
// each figure beside its goal and its floor; then what they cost.
func detection(ctx context.Context, o options, t *table) error {
	progressLine("detection: series under %s", o.data)
	var errs []error
	for _, part := range []struct {
		folder string
		run    func(dir string, t *table) error
	}{{"nab", anomalies}, {"m4-hourly", hourlySeries}, {"disk-full", disks}} {
		dir := filepath.Join(o.data, part.folder)
		switch err := part.run(dir, t); {
		case errors.Is(err, fs.ErrNotExist):
			progressLine("left out: there is no %s; give its parent with --data DIR", dir)
			t.note("detection: left out %s: there is no %s", part.folder, dir)
		case err != nil:
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, detectionCost(ctx, o, t))...)
}

// aim is a goal and the floor below it, in a table.
func aim(goal, floor string) string { return "goal " + goal + ", floor " + floor }

// anomalies scores the shipped detector by NAB's rules, and by what it costs
// to find things.
func anomalies(dir string, t *table) error {
	all, err := score.ReadNAB(dir)
	if err != nil {
		return err
	}
	scores, levels := judged(all)
	const system = "parley"
	for _, p := range []struct {
		name    string
		profile score.Profile
		aim     string
	}{
		{"standard", score.Standard, aim("≥ 76", "70")},
		{"low FP", score.RewardLowFalse, aim("≥ 70", "60")},
		{"low FN", score.RewardLowMissing, ""},
	} {
		best, _ := p.profile.Best(all, scores)
		t.add(figure{"NAB, " + p.name, "", p.aim, false}, system, best)
	}
	for _, b := range []struct {
		budget float64
		aim    string
	}{{0.02, aim("≥ 60 %", "45 %")}, {0.05, ""}, {0.1, ""}, {0.25, aim("≥ 80 %", "68 %")}} {
		found := score.Within(all, scores, b.budget)
		t.add(figure{fmt.Sprintf("windows found at %v false alerts a series-week", b.budget), "%", b.aim, false}, system, 100*found.Recall())
	}
	for _, l := range []struct {
		level detect.Level
		aim   string
	}{{detect.Critical, aim("≤ 0.05", "0.25")}, {detect.Warning, aim("≤ 0.25", "0.25")}} {
		at := score.At(all, levels, float64(l.level))
		t.add(figure{"false alerts a series-week, " + l.level.String() + " as shipped", "", l.aim, false}, system, at.Rate())
		t.add(figure{"windows found, " + l.level.String() + " as shipped", "%", "", false}, system, 100*at.Recall())
	}
	var calm []*score.Series
	var calmLevels [][]float64
	for i, s := range all {
		if s.Group() == "artificialNoAnomaly" {
			calm, calmLevels = append(calm, s), append(calmLevels, levels[i])
		}
	}
	t.add(figure{"alerts on series without anomaly, as shipped", "", aim("0", "0"), false}, system, float64(score.At(calm, calmLevels, 1).False))
	return nil
}

// judged runs the detector over all series.
func judged(all []*score.Series) (scores, levels [][]float64) {
	for _, s := range all {
		d := detect.New(detect.Options{})
		of, level := make([]float64, len(s.Values)), make([]float64, len(s.Values))
		for i, v := range s.Values {
			said := d.Observe(s.Millis[i], v, true)
			of[i], level[i] = said.Score, float64(said.Level)
		}
		scores, levels = append(scores, of), append(levels, level)
	}
	return scores, levels
}

// hourlySeries scores forecasts of two days of hours.
func hourlySeries(dir string, t *table) error {
	all, err := score.ReadM4(filepath.Join(dir, "train.csv"), filepath.Join(dir, "test.csv"))
	if err != nil {
		return err
	}
	const hour = int64(time.Hour / time.Millisecond)
	got := score.Hourly(all, func(train []float64, n int) []forecast.Forecast {
		f := forecast.New(forecast.Options{})
		for i, v := range train {
			f.Observe(int64(i)*hour, v, true)
		}
		return f.Path(n)
	})
	t.add(figure{"M4 hourly, OWA", "", aim("≤ 0.41", "0.45"), false}, "parley", got.OWA())
	t.add(figure{"M4 hourly, sMAPE", "%", "", false}, "parley", got.SMAPE)
	t.add(figure{"M4 hourly, MASE", "", "", false}, "parley", got.MASE)
	t.add(figure{"M4 hourly, 95 % intervals: MSIS", "", aim("≤ 7.5", "12"), false}, "parley", got.MSIS)
	t.add(figure{"M4 hourly, 95 % intervals: coverage", "%", "93 to 97 %", false}, "parley", 100*got.Coverage)
	return nil
}

// disks scores forecasts of when a disk is full.
func disks(dir string, t *table) error {
	content, err := os.ReadFile(filepath.Join(dir, "truth.json"))
	if err != nil {
		return err
	}
	var truth map[string]struct {
		FullAt *string `json:"full_at"`
	}
	if err := json.Unmarshal(content, &truth); err != nil {
		return fmt.Errorf("truth.json: %w", err)
	}
	names, err := seriesfile.Find(filepath.Join(dir, "data"))
	if err != nil {
		return err
	}
	var moments []score.Moment
	for _, name := range names {
		full := math.Inf(1)
		if at := truth[filepath.ToSlash(name)].FullAt; at != nil {
			millis, err := seriesfile.Time(*at)
			if err != nil {
				return fmt.Errorf("truth.json: %s: %w", name, err)
			}
			full = float64(millis)
		}
		err := seriesfile.Open(filepath.Join(dir, "data", name), func(in io.Reader) error {
			found, err := filling(in, full)
			moments = append(moments, found...)
			return err
		})
		if err != nil {
			return err
		}
	}
	got := score.Full(moments)
	for i, span := range score.Spans {
		goal := []string{aim("≥ 0.95", "0.947"), aim("≥ 0.95", "0.932"), aim("≥ 0.93", "0.844")}[i]
		t.add(figure{fmt.Sprintf("full within %.0f h, F1", span), "", goal, false}, "parley", got.F1[i])
	}
	t.add(figure{"time to full, median log2 error", "", aim("≤ 0.15", "0.25"), false}, "parley", got.Error)
	t.add(figure{"time to full, within a factor of 1.25", "%", "", false}, "parley", 100*got.Near)
	return nil
}

// filling asks at every sixth hour from the sixth day on; full is when the disk
// is, in milliseconds.
func filling(in io.Reader, full float64) (moments []score.Moment, err error) {
	const hour = int64(time.Hour / time.Millisecond)
	f, first := forecast.NewFilling(), int64(-1)
	err = seriesfile.Rows(in, func(r seriesfile.Row) error {
		if first < 0 {
			first = r.Millis - r.Millis%(24*hour)
		}
		f.Observe(r.Millis, r.Value, true)
		if r.Millis%(6*hour) != 0 || r.Millis < first+5*24*hour {
			return nil
		}
		m := score.Moment{Said: math.Inf(1), Real: (full - float64(r.Millis)) / float64(hour)}
		if said, ok := f.To(100); ok {
			m.Said = said.Hours
		}
		moments = append(moments, m)
		return nil
	})
	return moments, err
}

// detectionCost prints the packages' own benchmarks.
func detectionCost(ctx context.Context, o options, t *table) error {
	for _, of := range []struct{ pkg, aimTime, aimSize string }{
		{"detect", "≤ 1,000 ns", "≤ 4,096 B"}, {"forecast", "≤ 1,000 ns", "≤ 3,072 B"},
	} {
		found, err := goBench(ctx, o, "./services/evaluator/"+of.pkg, "Observe|Forecaster", 3)
		if err != nil {
			return err
		}
		for _, b := range found {
			name := of.pkg + ": " + strings.ToLower(strings.SplitN(b.name, "-", 2)[0])
			t.add(figure{name + ", processor time of a sample", "ns", of.aimTime, false}, "parley", b.values["cpu-ns/op"])
			t.add(figure{name + ", allocations", "", "0", false}, "parley", b.values["allocs/op"])
			t.add(figure{name + ", state of a series", "B", of.aimSize, false}, "parley", b.values["B/series"])
		}
	}
	return nil
}
