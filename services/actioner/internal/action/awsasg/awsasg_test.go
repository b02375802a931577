package awsasg

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/actiontest"
)

func group(change ...func(*actiontest.Fleetlet)) *actiontest.Cloud {
	g := &actiontest.Fleetlet{Name: "web", Min: 2, Max: 8, Now: 4, Want: 4, Tags: actiontest.Allowed()}
	for _, c := range change {
		c(g)
	}
	return &actiontest.Cloud{Group: g}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, capacity := range []string{"6", "+1"} {
		t.Run(capacity, func(t *testing.T) {
			t.Parallel()
			actiontest.Run(t, actiontest.Case{New: New, Block: "capacity: \"" + capacity + "\"\ngroup: \"{{ parameters.group }}\"", Open: true, World: func() actiontest.World {
				c := group()
				return actiontest.World{Transport: c, Effects: c.Count}
			}})
		})
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	f := func(name, capacity string, c *actiontest.Cloud, want string, change ...func(*action.Call)) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := actiontest.Make(t, New, "capacity: \""+capacity+"\"", action.Deps{Accounts: actiontest.Accounts(c)})
				call := actiontest.Call("run-1")
				for _, f := range change {
					f(&call)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				r, err := action.Do(ctx, k, nil, call)
				said := r.Text
				if err != nil {
					said = action.TextOf(err)
				}
				if said != want {
					t.Errorf("got %q, want %q", said, want)
				}
				if err != nil && c.Count() > 0 {
					t.Errorf("refused, and did %v", c.Effects())
				}
			})
		})
	}
	f("up", "+50%", group(), "the group web went from 4 to 6 instances, all in service")
	f("down", "-1", group(), "the group web went from 4 to 3 instances, all in service")
	f("as it is", "4", group(), "the group web is at 4 instances already; nothing was done")
	f("again", "6", group(func(g *actiontest.Fleetlet) { g.Want = 6 }), "the group web has 6 instances, all in service", func(c *action.Call) { c.Again = true })
	f("beyond its bounds", "9", group(), "the group web would go from 4 to 9 instances, and its own bounds are 2 to 8")
	f("below its bounds", "-3", group(), "the group web would go from 4 to 1 instances, and its own bounds are 2 to 8")
	f("beyond the run's bound", "8", group(), "the group web would go from 4 to 8 instances: one run may change 2 at most (per_run)", func(c *action.Call) { c.Most = 2 })
	f("beyond the share", "7", group(), "the group web would go from 4 to 7 instances: one run may change 50 % at most, which is 2 (at_most)", func(c *action.Call) { c.Percent = 50 })
	f("protected", "+1", group(func(g *actiontest.Fleetlet) { g.Tags["parley:protected"] = "true" }),
		"the group web (account shop (111122223333), eu-west-1) is protected: its tag parley:protected=true forbids every action")
	f("gone", "+1", group(func(g *actiontest.Fleetlet) { g.Name = "other" }), "there is no Auto Scaling group web in account shop (111122223333), eu-west-1 (any more)")
}

func TestSaving(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := group()
		k := actiontest.Make(t, New, "capacity: \"-2\"", action.Deps{Accounts: actiontest.Accounts(c)})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		r, err := action.Do(ctx, k, nil, actiontest.Call("run-1"))
		if err != nil || r.SavingUSDPerHour < 0.15 || r.SavingUSDPerHour > 0.3 || strings.Join(c.Effects(), ",") != "SetDesiredCapacity 2" {
			t.Errorf("got %+v, %v, %v", r, err, c.Effects())
		}
	})
}
