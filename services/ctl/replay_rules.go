package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/remedy"
	"github.com/parley-ops/parley/services/notifier/rehearsal"
	"github.com/parley-ops/parley/services/notifier/route"
)

// tellingFlags say by which rules people are told.
type tellingFlags struct {
	Routes  string `help:"A routes file instead of the notifier's." placeholder:"FILE"`
	Channel string `help:"The channel for what no route takes, where the notifier does not say." default:"#ops" placeholder:"CHANNEL"`
}

// rules returns what decides who is told of what, and in words where it is from.
// Without a server there are no silences, windows or actions.
func (f *tellingFlags) rules(ctx context.Context, conn *bus.Conn) (r rehearsal.Rules, from string, err error) {
	r.Routes, from = route.New(f.Channel), "no routes (all goes to "+f.Channel+")"
	switch {
	case f.Routes != "":
		data, err := os.ReadFile(f.Routes)
		if err != nil {
			return r, "", err
		}
		if r.Routes, err = route.Parse(data, f.Channel); err != nil {
			return r, "", &settingError{what: err.Error(), fix: "parley route lint " + f.Routes + " lists every fault"}
		}
		from = "routes of " + f.Routes
	case conn != nil:
		t, _, err := routesInForce(ctx, conn)
		if err == nil {
			r.Routes, from = t, "the routes in force"
		} else if !errors.Is(err, errNoRoutes) {
			return r, "", err
		}
	}
	if conn == nil {
		return r, from, nil
	}
	silences, err := bus.Silences.List(ctx, conn)
	if err != nil {
		return r, "", err
	}
	for _, e := range silences {
		r.Silences = append(r.Silences, e.Value)
	}
	windows, err := bus.Maintenances.List(ctx, conn)
	if err != nil {
		return r, "", err
	}
	for _, e := range windows {
		r.Windows = append(r.Windows, e.Value)
	}
	offered, err := bus.ActionsOffered.List(ctx, conn)
	if err != nil {
		return r, "", err
	}
	r.Actions = map[string]*eventv1.ActionDocument{}
	for _, e := range offered {
		r.Actions[e.Value.GetName()] = e.Value
	}
	done, err := actionRecords(ctx, conn)
	if err != nil {
		return r, "", err
	}
	r.Remedies = map[string]*eventv1.Remedy{}
	for _, of := range done {
		for _, x := range of {
			r.Remedies[remedy.Key(x.GetAction(), x.GetPolicy())] = x
		}
	}
	r.Plan = planOnce(ctx, conn)
	return r, fmt.Sprintf("%s, %s and %s", from, count(len(r.Silences), "silence"), count(len(r.Windows), "maintenance window")), nil
}

const (
	// planWait is how long an actioner may take to say what one run would do,
	// mostPlans how many it is asked about.
	planWait  = 2 * time.Second
	mostPlans = 200
)

// planOnce returns a function that asks the actioner what a run would do, once for
// each action and what it is about, and not again when nobody answers.
func planOnce(ctx context.Context, conn *bus.Conn) func(*eventv1.RunRequested) *eventv1.RunPlan {
	known, silent := map[string]*eventv1.RunPlan{}, false
	return func(run *eventv1.RunRequested) *eventv1.RunPlan {
		c := run.GetIncident()
		key := strings.Join([]string{run.GetAction(), c.GetPolicy(), label.FromProto(c.GetLabels()).String()}, "\x00")
		p, asked := known[key]
		if asked || silent || len(known) >= mostPlans {
			return p
		}
		one, cancel := context.WithTimeout(ctx, planWait)
		defer cancel()
		a, err := bus.Ask(one, conn, bus.PlanQuestion, &eventv1.PlanQuery{Runs: []*eventv1.RunRequested{run}})
		switch {
		case err != nil:
			silent = true
		case len(a.GetPlans()) == 1:
			p = a.GetPlans()[0]
		}
		known[key] = p
		return p
	}
}
