package main

import (
	"cmp"
	"context"
	"slices"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/remedy"
)

// recordView is in JSON how often an action helped, with one policy's incidents
// or with all.
type recordView struct {
	Policy        string  `json:"policy,omitempty"`
	Fixed         int     `json:"fixed"`
	Runs          int     `json:"runs"`
	MedianSeconds float64 `json:"median_seconds,omitempty"`
	Words         string  `json:"words,omitempty"`
	Demoted       string  `json:"demoted,omitempty"`
}

// remedies are what actions did, by action.
type remedies map[string][]*eventv1.Remedy

func actionRecords(ctx context.Context, conn *bus.Conn) (remedies, error) {
	entries, err := bus.Remedies.List(ctx, conn)
	if err != nil {
		return nil, err
	}
	out := remedies{}
	for _, e := range entries {
		out[e.Value.GetAction()] = append(out[e.Value.GetAction()], e.Value)
	}
	for _, of := range out {
		slices.SortFunc(of, func(a, b *eventv1.Remedy) int { return cmp.Compare(a.GetPolicy(), b.GetPolicy()) })
	}
	return out, nil
}

// all is an action's record over all policies: it is demoted for each alone.
func (r remedies) all(action string) recordView {
	sum := &eventv1.Remedy{}
	for _, of := range r[action] {
		sum.Runs = append(sum.Runs, of.GetRuns()...)
	}
	v := viewRecord(sum)
	v.Demoted = ""
	return v
}

func (r remedies) each(action string) []recordView {
	out := []recordView{}
	for _, of := range r[action] {
		out = append(out, viewRecord(of))
	}
	return out
}

func viewRecord(r *eventv1.Remedy) recordView {
	s := remedy.Of(r)
	return recordView{r.GetPolicy(), s.Fixed, s.Runs, s.Median.Seconds(), s.Words(), s.Demoted}
}
