package awsssm

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/actiontest"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
)

func cloud(change ...func(*actiontest.Cloud)) *actiontest.Cloud {
	c := &actiontest.Cloud{Instances: map[string]*actiontest.Machine{
		"i-0ba7c4e9d1f2a3b40": {State: "running", Tags: actiontest.Allowed("Name", "batch-report")}, "i-00000001": {State: "running", Tags: actiontest.Allowed()}}}
	for _, f := range change {
		f(c)
	}
	return c
}

const block = "document: Parley-RestartService\narguments: {Service: [\"{{ labels.service }}\"]}\noperation: "

func TestConformance(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{"command", "automation"} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			actiontest.Run(t, actiontest.Case{New: New, Block: block + operation, Open: true, World: func() actiontest.World {
				c := cloud()
				return actiontest.World{Transport: c, Effects: c.Count}
			}})
		})
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	f := func(name, operation string, c *actiontest.Cloud, effects int, want string, change ...func(*action.Call)) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := actiontest.Make(t, New, block+operation, action.Deps{Accounts: actiontest.Accounts(c)})
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
				if said != want || c.Count() != effects {
					t.Errorf("got %q after %v, want %q", said, c.Effects(), want)
				}
			})
		})
	}
	both := func(c *action.Call) {
		c.Values[fill.Parameters]["instance_ids"] = "i-0ba7c4e9d1f2a3b40,i-00000001"
		c.Most = 2
	}
	f("command", "command", cloud(), 1, "Parley-RestartService succeeded on i-0ba7c4e9d1f2a3b40 batch-report (command c-1): all is well")
	f("on two", "command", cloud(), 1, "Parley-RestartService succeeded on i-0ba7c4e9d1f2a3b40 batch-report, i-00000001 (command c-1)", both)
	f("on one too many", "command", cloud(), 0, "it is for 2 instances, and one run may touch 1 at most (per_run)", both, func(c *action.Call) { c.Most = 1 })
	f("fails", "command", cloud(func(c *actiontest.Cloud) { c.Command = "Failed" }), 1,
		"Parley-RestartService did not work on 1 of 1 instances: i-0ba7c4e9d1f2a3b40: failed: disk is full (command c-1)")
	f("never ends", "command", cloud(func(c *actiontest.Cloud) { c.Command = "InProgress" }), 1,
		"AWS took the order, and the command on i-0ba7c4e9d1f2a3b40 batch-report was still inprogress on i-0ba7c4e9d1f2a3b40 after 1m0s")
	f("automation", "automation", cloud(), 1, "the automation Parley-RestartService succeeded (execution e-1)")
	f("automation fails", "automation", cloud(func(c *actiontest.Cloud) { c.Command = "TimedOut" }), 1, "the automation Parley-RestartService ended as timedout (execution e-1): step 2 failed")
	f("protected", "command", cloud(func(c *actiontest.Cloud) { c.Instances["i-00000001"].Tags["parley:protected"] = "true" }), 0,
		"i-00000001 (account shop (111122223333), eu-west-1) is protected: its tag parley:protected=true forbids every action", both)
	f("stopped", "command", cloud(func(c *actiontest.Cloud) { c.Instances["i-00000001"].State = "stopped" }), 0,
		"i-00000001 is stopped: only a running instance can be told anything", both)
}

func TestToken(t *testing.T) {
	t.Parallel()
	if a, b := token("run-1"), token("run-2"); a == b || a != token("run-1") || !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(a) {
		t.Errorf("%s, %s", a, strings.ToUpper(b))
	}
}
