package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/unit"
)

// archiveSeen is how archiving to one place goes.
type archiveSeen struct {
	Place string `json:"place"`
	// Owner is the collector that archives; empty when it gave that back.
	Owner string    `json:"owner"`
	At    time.Time `json:"at"`
	// Waiting entries, the first of them since WaitingSince.
	Waiting      uint64     `json:"waiting"`
	WaitingSince *time.Time `json:"waiting_since,omitempty"`
	// Lost entries, ever, and when that was last seen.
	Lost    uint64     `json:"lost"`
	LostAt  *time.Time `json:"lost_at,omitempty"`
	Problem string     `json:"problem,omitempty"`
}

const (
	// archiveLags is how old what waits may be: an hour is archived when it is over.
	archiveLags = 90 * time.Minute
	// archiveSilent is how long a collector that archives is never silent, and
	// archiveGone when that is not news any more: it was turned off.
	archiveSilent = 5 * time.Minute
	archiveGone   = 24 * time.Hour
)

// archives returns the archives that collectors have written to lately.
func archives(ctx context.Context, conn *bus.Conn, now time.Time) ([]archiveSeen, error) {
	entries, err := bus.Archives.List(ctx, conn)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		err = nil // not set up: the streams say so
	}
	var out []archiveSeen
	for _, e := range entries {
		s := e.Value
		if now.Sub(s.GetAt().AsTime()) > archiveGone {
			continue
		}
		v := archiveSeen{Place: s.GetPlace(), Owner: s.GetOwner(), At: s.GetAt().AsTime(), Waiting: s.GetWaiting(), Lost: s.GetLost(), Problem: s.GetProblem()}
		if s.GetWaitingSince() != nil {
			at := s.GetWaitingSince().AsTime()
			v.WaitingSince = &at
		}
		if s.GetLostAt() != nil {
			at := s.GetLostAt().AsTime()
			v.LostAt = &at
		}
		out = append(out, v)
	}
	return out, err
}

// archiveProblems says what is wrong with archives.
func archiveProblems(st status) (out []problem) {
	const keeps = "the server drops samples after 6 hours, whether they are archived or not; "
	for _, a := range st.Archives {
		say := func(what, do string) { out = append(out, problem{fmt.Sprintf("Archive %s: ", a.Place) + what, do}) }
		switch silent := st.At.Sub(a.At); {
		case a.Owner == "" && silent > archiveSilent:
			say(fmt.Sprintf("no collector has archived samples for %s.", unit.Duration(silent)), keeps+"start one with --collector-archive; if it was turned off, this goes after a day")
		case silent > archiveSilent:
			say(fmt.Sprintf("collector %s, which archives samples, has been silent for %s.", a.Owner, unit.Duration(silent)), keeps+"see whether a collector with --collector-archive runs")
		case a.Problem != "":
			say("samples are not archived: "+a.Problem+".", keeps+"the log of collector "+a.Owner+" says more")
		case a.WaitingSince != nil && st.At.Sub(*a.WaitingSince) > archiveLags:
			say(fmt.Sprintf("%s wait, for up to %s.", count(int(a.Waiting), "entry", "entries"), unit.Duration(st.At.Sub(*a.WaitingSince))), keeps+"the log of collector "+a.Owner+" says more")
		}
		if a.LostAt != nil && st.At.Sub(*a.LostAt) < archiveGone {
			say(fmt.Sprintf("%s were dropped by the server before they were archived, last seen %s ago.", count(int(a.Lost), "entry", "entries"), unit.Duration(st.At.Sub(*a.LostAt))),
				"replays over that time say so; nothing brings them back")
		}
	}
	return out
}
