package awsrds

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/actiontest"
)

func database(state string, change ...func(*actiontest.Database)) *actiontest.Cloud {
	d := &actiontest.Database{ID: "reports-old", State: state, Tags: actiontest.Allowed()}
	for _, c := range change {
		c(d)
	}
	return &actiontest.Cloud{Database: d}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for operation, state := range map[string]string{"stop": "available", "start": "stopped"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			actiontest.Run(t, actiontest.Case{New: New, Block: "operation: " + operation + "\ndatabase: \"{{ parameters.database }}\"", Open: true, World: func() actiontest.World {
				c := database(state)
				return actiontest.World{Transport: c, Effects: c.Count}
			}})
		})
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	f := func(name, operation string, c *actiontest.Cloud, want string, change ...func(*action.Call)) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := actiontest.Make(t, New, "operation: "+operation, action.Deps{Accounts: actiontest.Accounts(c)})
				call := actiontest.Call("run-1")
				for _, f := range change {
					f(&call)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
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
	const stops = "the database reports-old is stopped (db.m5.large, $0.20 an hour at list price); its storage is still paid for, and RDS starts it again by itself after seven days"
	f("stop", "stop", database("available"), stops)
	f("stopped by this run", "stop", database("stopped"), stops, func(c *action.Call) { c.Again = true })
	f("start", "start", database("stopped"), "the database reports-old is available (db.m5.large, $0.20 an hour at list price)")
	f("stopped already", "stop", database("stopped"), "the database reports-old is stopped already, not by this run; nothing was done")
	f("busy", "stop", database("modifying"), "the database reports-old is modifying: it has to be available to be told to stop")
	f("of a cluster", "stop", database("available", func(d *actiontest.Database) { d.Cluster = "orders" }),
		"the database reports-old belongs to the cluster orders: AWS stops and starts only the whole of it")
	f("with replicas", "stop", database("available", func(d *actiontest.Database) { d.Replica = "reports-ro" }), "the database reports-old has read replicas (reports-ro): AWS cannot stop it")
	f("protected", "stop", database("available", func(d *actiontest.Database) { d.Tags["parley:protected"] = "true" }),
		"the database reports-old (account shop (111122223333), eu-west-1) is protected: its tag parley:protected=true forbids every action")
	f("gone", "stop", &actiontest.Cloud{}, "there is no database reports-old in account shop (111122223333), eu-west-1 (any more)")
}
