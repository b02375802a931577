package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/bus"
)

// liveIncidents asks the owners for incidents that are not resolved, and says
// when not all of them answered.
func liveIncidents(ctx context.Context, conn *bus.Conn, g *settings, s *screen.Screen, q *eventv1.IncidentQuery) ([]*eventv1.IncidentChanged, error) {
	answers, err := queryAll(ctx, conn, g, s, &eventv1.Query{Query: &eventv1.Query_Incidents{Incidents: q}})
	if err != nil {
		return nil, err
	}
	var out []*eventv1.IncidentChanged
	for _, a := range answers {
		out = append(out, a.GetIncidents()...)
	}
	sortIncidents(out)
	return out, nil
}

// sortIncidents puts the most severe first, and of those the oldest.
func sortIncidents(list []*eventv1.IncidentChanged) {
	slices.SortFunc(list, func(a, b *eventv1.IncidentChanged) int {
		return cmp.Or(cmp.Compare(b.GetSeverity(), a.GetSeverity()),
			a.GetBeganAt().AsTime().Compare(b.GetBeganAt().AsTime()), cmp.Compare(a.GetId(), b.GetId()))
	})
}

// queryAll asks every partition's owner. It is an error only when nobody
// answers.
func queryAll(ctx context.Context, conn *bus.Conn, g *settings, s *screen.Screen, q *eventv1.Query) ([]*eventv1.QueryAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, g.Timeout)
	defer cancel()
	answers, err := bus.QueryAll(ctx, conn, q)
	silent := bus.Partitions - len(answers)
	switch {
	case err == nil:
	case len(answers) > 0:
		s.Note(fmt.Sprintf("%s of %d did not answer: this may be incomplete (see parley status)", count(silent, "partition"), bus.Partitions))
	case errors.Is(err, bus.ErrNoAnswer):
		return nil, &settingError{what: "no evaluator answers", fix: "it keeps history and open incidents: start one (docker-compose up -d evaluator), and see parley status"}
	default:
		return nil, firstOf(err)
	}
	return answers, nil
}

// firstOf returns the first of many joined errors: they are much alike.
func firstOf(err error) error {
	if many, ok := err.(interface{ Unwrap() []error }); ok && len(many.Unwrap()) > 0 {
		return many.Unwrap()[0]
	}
	return err
}

// findIncident returns the newest state of the incident with this id, or with
// the only id that begins so, whether it is resolved or not.
func findIncident(ctx context.Context, conn *bus.Conn, g *settings, s *screen.Screen, id string) (*eventv1.IncidentChanged, error) {
	matches := map[string]*eventv1.IncidentChanged{}
	take := func(c *eventv1.IncidentChanged) {
		if strings.HasPrefix(c.GetId(), id) && c.GetVersion() >= matches[c.GetId()].GetVersion() {
			matches[c.GetId()] = c
		}
	}
	live, err := liveIncidents(ctx, conn, g, s, &eventv1.IncidentQuery{IncludePending: true})
	if err != nil {
		// The log knows it too, as long as nobody disagrees.
		s.Note(fmt.Sprintf("%s; from the log alone:", strings.ReplaceAll(err.Error(), "\n", ": ")))
	}
	for _, c := range live {
		take(c)
	}
	if len(matches) == 0 {
		err := readLog(ctx, conn, bus.AlertsLog, stretch{}, func(m *bus.Message[*eventv1.IncidentBatch]) error {
			for _, c := range m.Event.GetChanges() {
				take(c)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if exact := matches[id]; exact != nil {
		return exact, nil
	}
	switch len(matches) {
	case 0:
		return nil, &settingError{what: fmt.Sprintf("no incident %q, nor was there one in the last 30 days", id), fix: "parley incident list --all shows their ids"}
	case 1:
		for _, c := range matches {
			return c, nil
		}
	}
	var ids []string
	for k := range matches {
		ids = append(ids, k)
	}
	slices.Sort(ids)
	return nil, usageError{fmt.Errorf("%q is the beginning of several incidents' ids: %s", id, strings.Join(ids[:min(len(ids), 5)], ", "))}
}

// loggedIncidents returns the newest state, by the log, of incidents that
// changed since then.
func loggedIncidents(ctx context.Context, conn *bus.Conn, since time.Time) (map[string]*eventv1.IncidentChanged, error) {
	out := map[string]*eventv1.IncidentChanged{}
	err := readLog(ctx, conn, bus.AlertsLog, stretch{Since: since}, func(m *bus.Message[*eventv1.IncidentBatch]) error {
		for _, c := range m.Event.GetChanges() {
			if c.GetVersion() >= out[c.GetId()].GetVersion() {
				out[c.GetId()] = c
			}
		}
		return nil
	})
	return out, err
}
