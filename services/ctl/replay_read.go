package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/evaluator/replay"
	"github.com/parley-ops/parley/services/internal/archive"
	"github.com/parley-ops/parley/services/internal/bus"
)

// storedFlags say which stored samples are read.
type storedFlags struct {
	Since    interval `help:"How far back: 6h, 30d; without it all that is stored." placeholder:"TIME"`
	Until    interval `help:"Up to how far back: 1d; without it up to now." placeholder:"TIME"`
	CSV      []string `name:"csv" help:"Samples from CSV files instead of the server: time,metric,value and labels as columns." placeholder:"FILE" sep:"none"`
	Archive  string   `help:"Where the collector archives (--collector-archive): what is stored there is read first, then what the server has since." placeholder:"DIR|URL"`
	Archived bool     `name:"archive-only" help:"What is archived is all there is: the server is not asked for what came since."`
}

// check says what does not go together.
func (c *storedFlags) check() error {
	switch {
	case c.Since < 0:
		return usageError{errors.New("--since: want a time such as 6h or 30d")}
	case c.Until < 0 || c.Since > 0 && c.Until >= c.Since:
		return usageError{errors.New("--until: want a time such as 1h, and less than --since")}
	case c.Archive != "" && len(c.CSV) > 0:
		return usageError{errors.New("--archive and --csv: want one of them")}
	case c.Archived && c.Archive == "":
		return usageError{errors.New("--archive-only says that --archive is all there is: give both")}
	}
	return nil
}

// live reports whether the server's samples are read too.
func (c *storedFlags) live() bool { return len(c.CSV) == 0 && !c.Archived }

// replayed is what was read.
type replayed struct {
	from, to         time.Time
	entries, samples int
	gaps             []gapView
	lost             []lostView
}

// gapView is a time of which nothing is stored.
type gapView struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// lostView is batches that the server dropped before they were archived, stored
// between two that are there.
type lostView struct {
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Entries uint64    `json:"entries"`
}

const (
	// gapAfter is how long nothing was stored for that to be told, mostGaps how
	// often it is.
	gapAfter = 15 * time.Minute
	mostGaps = 20
	// progressEvery is after how many entries the person who waits hears of it.
	progressEvery = 2000
)

// errUntil ends the reading at --until.
var errUntil = errors.New("that is all that is wanted")

// read hands over what is stored, each entry once, and says how far it is. That
// nothing is stored is an error.
func (c *storedFlags) read(ctx context.Context, conn *bus.Conn, s *screen.Screen, apply func(replay.Entry) error) (replayed, error) {
	defer s.Progress(0, 0, "")
	var r replayed
	now := time.Now()
	from, until := time.Unix(0, 0), now.Add(-c.Until.span())
	if c.Since > 0 {
		from = now.Add(-c.Since.span())
	}
	pending := uint64(0)
	take := func(e replay.Entry) error {
		if e.Stored.Before(from) {
			return nil
		}
		if c.Until > 0 && e.Stored.After(until) {
			return errUntil
		}
		if r.entries++; r.entries%progressEvery == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			s.Progress(r.entries, word(pending > 0, r.entries+int(pending), 0), fmt.Sprintf("batches replayed, up to %s", e.Stored.Local().Format("2 Jan 15:04")))
		}
		if n := e.Samples(); n > 0 {
			r.at(e.Stored)
			r.samples += n
		}
		return apply(e)
	}
	err := c.source(ctx, conn, &r, from, func(left uint64, e replay.Entry) error {
		pending = left
		return take(e)
	})
	if errors.Is(err, errUntil) {
		err = nil
	}
	if err == nil && r.samples == 0 {
		err = c.nothing()
	}
	return r, err
}

// source calls each with what is stored from a time on, and about how much there
// is to come: from the files, the archive or the server.
func (c *storedFlags) source(ctx context.Context, conn *bus.Conn, r *replayed, from time.Time, each func(left uint64, e replay.Entry) error) error {
	if len(c.CSV) > 0 {
		return replay.CSV(ctx, c.CSV, func(e replay.Entry) error { return each(0, e) })
	}
	var a *archive.Archive
	if c.Archive != "" {
		var err error
		if a, err = openArchive(ctx, c.Archive); err != nil {
			return err
		}
	}
	if c.Archived {
		conn = nil
	}
	gaps, err := a.History(ctx, conn, from, func(e archive.Entry, left uint64) error {
		return each(left, replay.Entry{Partition: e.Partition, Stored: e.Stored, Event: e.Event})
	})
	for _, g := range gaps {
		r.lost = append(r.lost, lostView{From: g.From, To: g.To, Entries: g.Last - g.First + 1})
	}
	return err
}

// openArchive opens the archive at a place as people write it.
func openArchive(ctx context.Context, place string) (*archive.Archive, error) {
	store, err := archive.At(place)
	if err != nil {
		return nil, usageError{fmt.Errorf("--archive: %w", err)}
	}
	a, err := archive.Open(ctx, store)
	if errors.Is(err, archive.ErrNone) {
		return nil, &settingError{what: err.Error(), fix: "name what the collector's --collector-archive says"}
	}
	return a, err
}

// nothing says that there is nothing to replay, and where to look.
func (c *storedFlags) nothing() error {
	fix := "look with `parley query --list`, or give a longer --since"
	switch {
	case len(c.CSV) > 0:
		fix = "look into the CSV files: the first line names the columns time, metric and value"
	case c.Archived:
		fix = "give a longer --since, or leave out --archive-only"
	}
	return &settingError{what: "no sample is stored of that time", fix: fix}
}

// at notes that samples were stored.
func (r *replayed) at(t time.Time) {
	if r.from.IsZero() {
		r.from, r.to = t, t
	}
	if t.Sub(r.to) > gapAfter && len(r.gaps) < mostGaps {
		r.gaps = append(r.gaps, gapView{r.to, t})
	}
	if t.After(r.to) {
		r.to = t
	}
}
