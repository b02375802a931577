package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/evaluator/detect"
	"github.com/parley-ops/parley/services/evaluator/seriesfile"
)

type detectCmd struct {
	In   string `required:"" placeholder:"DIR" help:"Folder of CSV files with timestamp,value; those in folders below it too."`
	Out  string `required:"" placeholder:"DIR" help:"Folder for the results, under the same names. It is made; files there are replaced."`
	Zone string `default:"UTC" placeholder:"ZONE" help:"Time zone whose days and weeks the series follow, such as Europe/Berlin. Times without a zone in the files are UTC all the same."`
}

// Help explains the command.
func (detectCmd) Help() string {
	return `Runs the detector that policies use over series in files, with its default settings,
and writes for each row what it says of it:

  timestamp,value,anomaly_score,expected,lower,upper,alert

alert is 0, warning (about one false alert in 30 days of a series) or critical (one in
180 days), and stands at the first sample of an event; nothing in the first 50 samples
and 30 hours, which are learned. anomaly_score is days/(days+30), from 0 to 1. About one
value in 200 is above upper, and one below lower. Every row is judged by those before it
alone. A value that is empty or no number is a sample that is missing. A file that is no
series is left out, and told at the end with exit code 1.

Examples:
  parley detect --in metrics --out judged
  parley detect --in metrics --out judged --zone Europe/Berlin --json | jq .alerts`
}

// detected is the JSON of the command.
type detected struct {
	Files    int           `json:"files"`
	Rows     int           `json:"rows"`
	Warning  int           `json:"warning"`
	Critical int           `json:"critical"`
	Alerts   []alertView   `json:"alerts"`
	Out      string        `json:"out"`
	LeftOut  leftOut       `json:"left_out,omitempty"`
	took     time.Duration // in all
}

// leftOut says why files were not read; the others were.
type leftOut []string

// err is what the command ends with after all files.
func (l leftOut) err(files int) error {
	const shown = 5
	switch text := strings.Join(l[:min(len(l), shown)], "\n"); {
	case len(l) == 0:
		return nil
	case files == 1:
		return errors.New(text)
	case len(l) > shown:
		return fmt.Errorf("%d of %d files left out:\n%s\n… and %d more", len(l), files, text, len(l)-shown)
	default:
		return fmt.Errorf("%d of %d files left out:\n%s", len(l), files, text)
	}
}

// alertView is one alert.
type alertView struct {
	File      string  `json:"file"`
	Timestamp string  `json:"timestamp"`
	Level     string  `json:"level"`
	Value     float64 `json:"value"`
	Expected  float64 `json:"expected"`
	// Days: about one false alert as strong in so many days of this series.
	Days float64 `json:"days"`
}

// Run runs the command.
func (c *detectCmd) Run(ctx context.Context, s *screen.Screen) error {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return usageError{fmt.Errorf("--zone: there is no time zone %q, want one such as Europe/Berlin", c.Zone)}
	}
	names, err := seriesfile.Find(c.In)
	if err != nil {
		return fmt.Errorf("--in: %w", err)
	}
	if same(c.In, c.Out) {
		return usageError{fmt.Errorf("--out: results would replace what is read; give another folder than --in")}
	}
	r, began := detected{Out: c.Out, Alerts: []alertView{}}, time.Now()
	for i, name := range names {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.Progress(i, len(names), name)
		if err := c.file(&r, name, zone); err != nil {
			r.LeftOut = append(r.LeftOut, err.Error())
			continue
		}
		r.Files++
	}
	s.Progress(0, 0, "")
	r.took = time.Since(began)
	if r.Files > 0 {
		if err := s.Result(r, func() { r.show(s) }); err != nil {
			return err
		}
	}
	return r.LeftOut.err(len(names))
}

// same says whether two paths are one folder.
func same(a, b string) bool {
	one, err1 := os.Stat(a)
	two, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(one, two)
}

// file judges one series.
func (c *detectCmd) file(all *detected, name string, zone *time.Location) error {
	r := &detected{}
	err := create(filepath.Join(c.Out, name), func(w *bufio.Writer) error {
		fmt.Fprintln(w, "timestamp,value,anomaly_score,expected,lower,upper,alert")
		d := detect.New(detect.Options{Zone: zone})
		var line []byte
		return seriesfile.Open(filepath.Join(c.In, name), func(in io.Reader) error {
			return seriesfile.Rows(in, func(row seriesfile.Row) error {
				v := d.Observe(row.Millis, row.Value, true)
				line = append(append(append(append(line[:0], row.Time...), ','), row.Text...), ',')
				for _, f := range []float64{v.Score, v.Expected, v.Lower, v.Upper} {
					line = append(strconv.AppendFloat(line, f, 'g', 7, 64), ',')
				}
				line = append(append(line, v.Level.String()...), '\n')
				r.add(name, &row, v)
				_, err := w.Write(line)
				return err
			})
		})
	})
	if err == nil {
		all.take(r)
	}
	return err
}

// alertsShown is how many alerts are told one by one.
const alertsShown = 1000

func (r *detected) add(name string, row *seriesfile.Row, v detect.Verdict) {
	r.Rows++
	switch v.Level {
	case detect.Warning:
		r.Warning++
	case detect.Critical:
		r.Critical++
	default:
		return
	}
	if len(r.Alerts) < alertsShown {
		r.Alerts = append(r.Alerts, alertView{name, row.Time, v.Level.String(), row.Value, v.Expected, v.Days})
	}
}

// take adds what was found in one file.
func (r *detected) take(file *detected) {
	r.Rows, r.Warning, r.Critical = r.Rows+file.Rows, r.Warning+file.Warning, r.Critical+file.Critical
	r.Alerts = append(r.Alerts, file.Alerts[:min(len(file.Alerts), alertsShown-len(r.Alerts))]...)
}

// create writes a file and those folders that it needs; what is written in
// part is removed again.
func create(name string, write func(*bufio.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<16)
	err = write(w)
	if err == nil {
		err = w.Flush()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		os.Remove(name)
	}
	return err
}

func (r *detected) show(s *screen.Screen) {
	for _, a := range r.Alerts {
		style := screen.Yellow
		if a.Level == "critical" {
			style = screen.Red
		}
		s.Line(fmt.Sprintf("%s %s %s: %.4g, expected %.4g (about one false alert in %.0f days)", s.Paint(style, fmt.Sprintf("%-8s", a.Level)), a.File, a.Timestamp, a.Value, a.Expected, a.Days))
	}
	if all := r.Warning + r.Critical; all > len(r.Alerts) {
		s.Line(fmt.Sprintf("… and %d more", all-len(r.Alerts)))
	}
	s.Line(fmt.Sprintf("%s in %s, %.1f s: %d critical, %d warning; written to %s", count(r.Rows, "row"), count(r.Files, "file"), r.took.Seconds(), r.Critical, r.Warning, r.Out))
}
