package awsec2

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/actiontest"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
)

var update = flag.Bool("update", false, "write what is expected anew")

// report is the instance that every test is about.
const report = "i-0ba7c4e9d1f2a3b40"

func cloud(change ...func(*actiontest.Machine)) *actiontest.Cloud {
	m := &actiontest.Machine{State: "running", Type: "m5.2xlarge", Tags: actiontest.Allowed("Name", "batch-report", "service", "batch")}
	for _, c := range change {
		c(m)
	}
	return &actiontest.Cloud{Instances: map[string]*actiontest.Machine{report: m}}
}

func stopped(m *actiontest.Machine) { m.State = "stopped" }

func TestConformance(t *testing.T) {
	t.Parallel()
	for operation, state := range map[string]func(*actiontest.Machine){"stop": func(*actiontest.Machine) {}, "start": stopped, "reboot": func(*actiontest.Machine) {}, "keep": func(*actiontest.Machine) {}} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			actiontest.Run(t, actiontest.Case{New: New, Block: "operation: " + operation + "\ninstance_id: \"{{ parameters.instance_id }}\"", Open: true, Absolute: operation == "keep",
				World: func() actiontest.World {
					c := cloud(state)
					return actiontest.World{Transport: c, Effects: c.Count}
				}})
		})
	}
}

func run(t *testing.T, c *actiontest.Cloud, block string, change ...func(*action.Call)) (action.Result, error) {
	t.Helper()
	k := actiontest.Make(t, New, block, action.Deps{Accounts: actiontest.Accounts(c)})
	call := actiontest.Call("run-1")
	call.Session = "U1-ann"
	for _, f := range change {
		f(&call)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return action.Do(ctx, k, nil, call)
}

// The words of each refusal, and of what is done, are in testdata.
func TestWords(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		block string
		cloud *actiontest.Cloud
		call  func(*action.Call)
	}{
		"stop":                     {},
		"start":                    {block: "operation: start", cloud: cloud(stopped)},
		"reboot":                   {block: "operation: reboot"},
		"protected":                {cloud: cloud(func(m *actiontest.Machine) { m.Tags["parley:protected"] = "true" })},
		"not tagged":               {cloud: cloud(func(m *actiontest.Machine) { delete(m.Tags, "parley:actions") })},
		"member of a group":        {cloud: cloud(func(m *actiontest.Machine) { m.Tags["aws:autoscaling:groupName"] = "web" })},
		"instance store":           {cloud: cloud(func(m *actiontest.Machine) { m.Root = "instance-store" })},
		"spot, one-time":           {cloud: cloud(func(m *actiontest.Machine) { m.Life, m.Request = "spot", "sir-one-time" })},
		"spot, persistent":         {cloud: cloud(func(m *actiontest.Machine) { m.Life, m.Request = "spot", "sir-persistent" })},
		"public address":           {cloud: cloud(func(m *actiontest.Machine) { m.Address = "amazon 203.0.113.9" })},
		"public address, agreed":   {block: "operation: stop\nlose_address: \"yes\"", cloud: cloud(func(m *actiontest.Machine) { m.Address = "amazon 203.0.113.9" })},
		"elastic address":          {cloud: cloud(func(m *actiontest.Machine) { m.Address = "111122223333 203.0.113.9" })},
		"stopped already":          {cloud: cloud(stopped)},
		"stopped by this run":      {cloud: cloud(stopped), call: func(c *action.Call) { c.Again = true }},
		"running already":          {block: "operation: start"},
		"terminated":               {cloud: cloud(func(m *actiontest.Machine) { m.State = "terminated" })},
		"gone":                     {cloud: &actiontest.Cloud{}},
		"pending":                  {cloud: cloud(func(m *actiontest.Machine) { m.State, m.Then, m.At = "pending", "running", time.Now().Add(time.Hour) })},
		"stopping, to be started":  {block: "operation: start", cloud: cloud(func(m *actiontest.Machine) { m.State, m.Then, m.At = "stopping", "stopped", time.Now().Add(time.Hour) })},
		"another type":             {call: func(c *action.Call) { c.Values[fill.Labels]["instance_type"] = "m5.4xlarge" }},
		"the same type":            {call: func(c *action.Call) { c.Values[fill.Labels]["instance_type"] = "m5.2xlarge" }},
		"unknown account":          {call: func(c *action.Call) { c.Values[fill.Parameters]["account"] = "shpo" }},
		"account without actions":  {call: func(c *action.Call) { c.Values[fill.Parameters]["account"] = "watched" }},
		"unknown region":           {call: func(c *action.Call) { c.Values[fill.Parameters]["region"] = "us-east-1" }},
		"no region":                {call: func(c *action.Call) { c.Values[fill.Parameters]["region"] = "europe" }},
		"no instance":              {call: func(c *action.Call) { c.Values[fill.Parameters]["instance_id"] = "i-0; rm -rf" }},
		"the role may not":         {cloud: func() *actiontest.Cloud { c := cloud(); c.Deny = "StopInstances"; return c }()},
		"kept, without a person":   {cloud: cloud(func(m *actiontest.Machine) { m.Tags["parley:keep-until"] = "2126-01-01" }), call: func(c *action.Call) { c.Automatic = true }},
		"kept, by a person":        {cloud: cloud(func(m *actiontest.Machine) { m.Tags["parley:keep-until"] = "2126-01-01" })},
		"kept until yesterday":     {cloud: cloud(func(m *actiontest.Machine) { m.Tags["parley:keep-until"] = "1999-12-31" }), call: func(c *action.Call) { c.Automatic = true }},
		"a protected one rebooted": {block: "operation: reboot", cloud: cloud(func(m *actiontest.Machine) { m.Tags["parley:protected"] = "true" })},
	}
	var mixed strings.Builder
	said := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		c := cases[name]
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if c.cloud == nil {
					c.cloud = cloud()
				}
				if c.block == "" {
					c.block = "operation: stop"
				}
				if c.call == nil {
					c.call = func(*action.Call) {}
				}
				r, err := run(t, c.cloud, c.block, c.call)
				said[name] = "done: " + r.Text
				if err != nil {
					said[name] = []string{"unknown: ", "not done: ", "failed: ", "refused: "}[action.OutcomeOf(err)] + action.TextOf(err)
					if c.cloud.Count() > 0 {
						t.Errorf("it was refused, and did %v", c.cloud.Effects())
					}
				} else if r.Resource != "111122223333/eu-west-1/"+report {
					t.Errorf("resource %q", r.Resource)
				}
			})
		})
		// What follows are the words of package account.
		if before, _, ok := strings.Cut(said[name], "ec2:StopInstances: "); ok {
			said[name] = before + "ec2:StopInstances: …"
		}
		fmt.Fprintf(&mixed, "%s\n    %s\n", name, said[name])
	}
	const golden = "testdata/words.txt"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(mixed.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if mixed.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", mixed.String(), want)
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := cloud()
		began := time.Now()
		r, err := run(t, c, "operation: stop")
		if err != nil || r.SavingUSDPerHour < 0.3 || r.SavingUSDPerHour > 0.6 {
			t.Errorf("got %+v, %v", r, err)
		}
		if got := c.Effects(); len(got) != 1 || got[0] != "StopInstances "+report || time.Since(began) < 10*time.Second {
			t.Errorf("%v after %v", got, time.Since(began))
		}
		if c.Session != "U1-ann" {
			t.Errorf("session %q", c.Session)
		}
	})
}

// What AWS took and did not finish is unknown, and says how far it got.
func TestNeverStopped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := cloud(func(m *actiontest.Machine) { m.State = "stopping" })
		if _, err := run(t, c, "operation: stop", func(c *action.Call) { c.Again = true }); action.OutcomeOf(err) != action.OutcomeUnknown ||
			!strings.Contains(action.TextOf(err), "was still stopping after 1m0s") {
			t.Errorf("got %v", err)
		}
	})
}

func TestKeep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := cloud()
		r, err := run(t, c, "operation: keep\ndays: 7")
		if got := c.Instances[report].Tags["parley:keep-until"]; err != nil || got != "2000-01-08" || !strings.Contains(r.Text, "until Sat 8 Jan 2000") {
			t.Errorf("got %q, %v, %v", got, r, err)
		}
	})
}

func TestGroup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := cloud()
		c.Instances["i-00000001"] = &actiontest.Machine{State: "stopped", Tags: map[string]string{"service": "batch"}}
		c.Instances["i-00000002"] = &actiontest.Machine{State: "running", Tags: map[string]string{"service": "other"}}
		c.Instances["i-00000003"] = &actiontest.Machine{State: "terminated", Tags: map[string]string{"service": "batch"}}
		k := actiontest.Make(t, New, "operation: stop", action.Deps{Accounts: actiontest.Accounts(c)}).(action.Grouper)
		g, err := k.Group(t.Context(), actiontest.Call("run-1"), "tag:service")
		if err != nil || g.Name != "tag service=batch" || len(g.Members) != 2 || len(g.Out) != 1 || g.Out[0] != "111122223333/eu-west-1/i-00000001" {
			t.Errorf("got %+v, %v", g, err)
		}
		if g, err := k.Group(t.Context(), actiontest.Call("run-1"), "group"); err != nil || g.Name != "" {
			t.Errorf("got %+v, %v", g, err)
		}
	})
}
