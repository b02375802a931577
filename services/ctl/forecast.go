package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/evaluator/forecast"
	"github.com/parley-ops/parley/services/evaluator/seriesfile"
)

type forecastCmd struct {
	In      string        `required:"" placeholder:"FILE|DIR" help:"A file with one series a line, id,v1,v2,…; with --full-at a folder of CSV files with timestamp,value."`
	Out     string        `required:"" placeholder:"FILE" help:"File for the result."`
	Horizon int           `placeholder:"N" default:"48" help:"How many values to forecast."`
	Period  time.Duration `placeholder:"DURATION" default:"1h" help:"Time from one value to the next, at most 1h."`
	FullAt  *float64      `placeholder:"VALUE" help:"Say when each series reaches this value instead."`
}

// Help explains the command.
func (forecastCmd) Help() string {
	return `Forecasts series in files as policies do: each series once, in order, from its own past.

With one series a line the result is one series a line: id,f1,f2,…, with a header when
there was one. A value that is empty is a sample that is missing.

With --full-at the result is series,timestamp,hours_to_full: at 00:00, 06:00, 12:00 and
18:00 (UTC) from the sixth day of a series on, from what was known at that moment, in how
many hours it reaches the value; nothing when that is not within 14 days. A file that is no
series is left out, and told at the end with exit code 1.

Examples:
  parley forecast --in hourly.csv --out next.csv --horizon 48 --period 1h
  parley forecast --in disks --full-at 100 --out full.csv`
}

// forecasted is the JSON of the command.
type forecasted struct {
	Series int    `json:"series"`
	Rows   int    `json:"rows"`
	Out    string `json:"out"`

	LeftOut leftOut `json:"left_out,omitempty"`
}

// Run runs the command.
func (c *forecastCmd) Run(ctx context.Context, s *screen.Screen) error {
	info, err := os.Stat(c.In)
	switch {
	case err != nil:
		return fmt.Errorf("--in: there is no file or folder %s", c.In)
	case c.FullAt != nil && !info.IsDir():
		return usageError{errors.New("--in: with --full-at want a folder of CSV files with timestamp,value")}
	case c.FullAt == nil && info.IsDir():
		return usageError{errors.New("--in: want a file with one series a line, id,v1,v2,…; for a folder give --full-at")}
	case c.Horizon < 1 || c.Horizon > 10_000:
		return usageError{errors.New("--horizon: want 1 to 10000")}
	case c.Period < time.Second || c.Period > time.Hour:
		return usageError{errors.New("--period: want 1s to 1h: seasons are learned by the hour")}
	}
	if same(c.In, c.Out) {
		return usageError{errors.New("--out: the result would replace what is read")}
	}
	r := forecasted{Out: c.Out}
	err = create(c.Out, func(w *bufio.Writer) error {
		if c.FullAt != nil {
			return c.full(ctx, s, &r, w)
		}
		return c.values(ctx, s, &r, w)
	})
	s.Progress(0, 0, "")
	if err != nil {
		return err
	}
	err = s.Result(r, func() {
		s.Line(fmt.Sprintf("%s, %s written to %s", count(r.Series, "series", "series"), count(r.Rows, "row"), r.Out))
	})
	return cmp.Or(err, r.LeftOut.err(r.Series+len(r.LeftOut)))
}

// values forecasts what comes after each line.
func (c *forecastCmd) values(ctx context.Context, s *screen.Screen, r *forecasted, w *bufio.Writer) error {
	return seriesfile.Open(c.In, func(in io.Reader) error {
		var lines [][]byte
		header, err := seriesfile.Wide(in, func(id string, values []float64) error {
			if r.Series++; r.Series%100 == 0 {
				s.Progress(r.Series, 0, id)
			}
			lines = append(lines, c.line(id, values))
			return ctx.Err()
		})
		if err != nil {
			return err
		}
		if header {
			head := []byte("id")
			for i := range c.Horizon {
				head = strconv.AppendInt(append(head, ",f"...), int64(i+1), 10)
			}
			fmt.Fprintf(w, "%s\n", head)
		}
		r.Rows = len(lines)
		for _, line := range lines {
			if _, err := w.Write(line); err != nil {
				return err
			}
		}
		return nil
	})
}

// line forecasts one series.
func (c *forecastCmd) line(id string, values []float64) []byte {
	f, period := forecast.New(forecast.Options{}), c.Period.Milliseconds()
	for i, v := range values {
		f.Observe(int64(i)*period, v, true)
	}
	out := []byte(id)
	for i := range c.Horizon {
		out = append(out, ',')
		at := int64(len(values)+i) * period
		next, ok := f.At(at)
		if !ok { // the hour of the last value has more
			next, ok = f.Ahead(1)
		}
		if ok {
			out = strconv.AppendFloat(out, next.Value, 'g', 9, 64)
		}
	}
	return append(out, '\n')
}

// full says when each series is full, four times a day.
func (c *forecastCmd) full(ctx context.Context, s *screen.Screen, r *forecasted, w *bufio.Writer) error {
	names, err := seriesfile.Find(c.In)
	if err != nil {
		return fmt.Errorf("--in: %w", err)
	}
	fmt.Fprintln(w, "series,timestamp,hours_to_full")
	for i, name := range names {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.Progress(i, len(names), name)
		var text bytes.Buffer
		rows := 0
		err := seriesfile.Open(filepath.Join(c.In, name), func(in io.Reader) error {
			return moments(in, *c.FullAt, func(at int64, hours string) {
				rows++
				fmt.Fprintf(&text, "%s,%s,%s\n", filepath.ToSlash(name), time.UnixMilli(at).UTC().Format(time.DateTime), hours)
			})
		})
		if err != nil {
			r.LeftOut = append(r.LeftOut, err.Error())
			continue
		}
		r.Series, r.Rows = r.Series+1, r.Rows+rows
		if _, err := text.WriteTo(w); err != nil {
			return err
		}
	}
	if r.Series == 0 {
		return r.LeftOut.err(len(names))
	}
	return nil
}

const (
	sixHours = int64(6 * time.Hour / time.Millisecond)
	oneDay   = 4 * sixHours
)

// moments calls say at every sixth hour from the sixth day on, with the hours
// until the limit is reached, or nothing.
func moments(in io.Reader, limit float64, say func(at int64, hours string)) error {
	f, next, last := forecast.NewFilling(), int64(0), int64(0)
	upTo := func(until int64) { // moments before until
		for ; next != 0 && next < until; next += sixHours {
			hours := ""
			if full, ok := f.To(limit); ok {
				hours = strconv.FormatFloat(max(0, full.Hours-float64(next-last)/3_600_000), 'f', 2, 64)
			}
			say(next, hours)
		}
	}
	err := seriesfile.Rows(in, func(row seriesfile.Row) error {
		if next == 0 {
			next = row.Millis - ((row.Millis%oneDay)+oneDay)%oneDay + 5*oneDay
		}
		// after a gap only what is near is of use
		if row.Millis-next > 30*oneDay {
			next = row.Millis - ((row.Millis%sixHours)+sixHours)%sixHours
		}
		upTo(row.Millis)
		f.Observe(row.Millis, row.Value, true)
		last = max(last, row.Millis)
		return nil
	})
	if err == nil {
		upTo(last + 1)
	}
	return err
}
