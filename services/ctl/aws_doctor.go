package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/ctl/internal/doctor"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/bus"
)

type awsDoctorCmd struct {
	Account  []string `arg:"" optional:"" help:"Accounts to look at, by id or name; all without." placeholder:"ACCOUNT"`
	Policies string   `name:"policies" help:"Folder of the policies, where NATS does not say which are in force." default:"deploy/policies" placeholder:"DIR" env:"PARLEY_POLICIES"`
	Actions  string   `name:"actions" help:"Folder that declares the actions." default:"deploy/actions" placeholder:"DIR" env:"PARLEY_ACTIONS"`
	Policy   bool     `name:"policy" help:"Print the smallest IAM policies for what is configured, and ask AWS nothing."`
}

// Help explains the command.
func (awsDoctorCmd) Help() string {
	return `For each account and region: whose credentials they are, whether the roles can
be assumed, and each permission that the policies' metrics and the declared
actions take. Changes nothing: reading is tried by the smallest call (one metric
of GetMetricData, $0.00001 a region), acting by AWS' dry run; where there is none
it says so. Exits 1 when something is missing.

Examples:
  parley aws doctor
  parley aws doctor shop --json | jq '.findings[] | select(.state == "missing")'
  parley aws doctor --policy | jq .collector`
}

// doctorView is what was found, in JSON.
type doctorView struct {
	Healthy bool `json:"healthy"`
	// Metrics and Actions are how many it was checked for, From where they are
	// from.
	Metrics  int              `json:"metrics"`
	Actions  int              `json:"actions"`
	From     string           `json:"from"`
	Sandbox  string           `json:"sandbox,omitempty"`
	Findings []doctor.Finding `json:"findings"`
}

// wholeCheck bounds all of it: an account of many regions, some out of reach.
const wholeCheck = 5 * time.Minute

// Run checks.
func (c *awsDoctorCmd) Run(ctx context.Context, all *commands, s *screen.Screen) error {
	ctx, cancel := context.WithTimeout(ctx, wholeCheck)
	defer cancel()
	metrics, actions, from, err := c.configured(ctx, &all.settings, s)
	if err != nil {
		return err
	}
	if c.Policy {
		return c.printPolicies(all, s, metrics, actions)
	}
	set, list, err := all.AWS.accounts(ctx)
	if err != nil {
		return err
	}
	if list, err = chosen(set, list, c.Account); err != nil {
		return err
	}
	v := doctorView{Healthy: true, Metrics: names(metrics), Actions: len(actions), From: from, Sandbox: set.Sandbox(), Findings: []doctor.Finding{}}
	for _, found := range checkAll(ctx, set, list, metrics, actions) {
		v.Findings = append(v.Findings, found...)
	}
	v.Healthy = !slices.ContainsFunc(v.Findings, doctor.Finding.Wrong)
	if err := s.Result(v, func() { showDoctor(s, v, list) }); err != nil {
		return err
	}
	if !v.Healthy {
		return errSaid
	}
	return nil
}

// checkAll returns what is found in each account's regions, in their order,
// all of them asked at once.
func checkAll(ctx context.Context, set *account.Set, list []account.Account, metrics []doctor.Metric, actions []doctor.Action) [][]doctor.Finding {
	var wg sync.WaitGroup
	var out []*[]doctor.Finding
	for _, a := range list {
		needs := doctor.Needs(a, metrics, actions)
		for _, region := range a.Regions {
			found := new([]doctor.Finding)
			out = append(out, found)
			wg.Go(func() { *found = doctor.Check(ctx, set, a, region, needs) })
		}
	}
	wg.Wait()
	var all [][]doctor.Finding
	for _, f := range out {
		all = append(all, *f)
	}
	return all
}

// names returns how many different metrics there are.
func names(metrics []doctor.Metric) int {
	seen := map[string]bool{}
	for _, m := range metrics {
		seen[m.Name] = true
	}
	return len(seen)
}

// chosen returns the accounts of these ids or names; all without any.
func chosen(set *account.Set, list []account.Account, ids []string) ([]account.Account, error) {
	if len(ids) == 0 {
		return list, nil
	}
	var out []account.Account
	for _, name := range ids {
		a, err := set.Find(name)
		if err != nil {
			return nil, usageError{err}
		}
		out = append(out, a)
	}
	return out, nil
}

// printPolicies prints the smallest policies that do for every account.
func (c *awsDoctorCmd) printPolicies(all *commands, s *screen.Screen, metrics []doctor.Metric, actions []doctor.Action) error {
	set, err := all.AWS.AWS.Load(os.LookupEnv)
	if err != nil {
		return err
	}
	list, err := chosen(set, set.Accounts(), c.Account)
	if err != nil {
		return err
	}
	var needs []doctor.Need
	for _, a := range list {
		needs = append(needs, doctor.Needs(a, metrics, actions)...)
	}
	collector, acting := doctor.Policies(needs)
	out := struct {
		Collector *doctor.Policy `json:"collector"`
		Actions   *doctor.Policy `json:"actions,omitempty"`
	}{collector, acting}
	asked := s.JSON
	s.JSON = true // policies are JSON to everybody
	defer func() { s.JSON = asked }()
	return s.Result(out, nil)
}

// configured returns what policies look at and which actions are declared, and
// from where that is known.
func (c *awsDoctorCmd) configured(ctx context.Context, g *settings, s *screen.Screen) (metrics []doctor.Metric, actions []doctor.Action, from string, err error) {
	if metrics, err = inForce(ctx, g); err == nil {
		from = "policies in force"
	} else if metrics, err = c.metricsOfFolder(); err != nil {
		return nil, nil, "", err
	} else {
		from = "policies in " + c.Policies
	}
	metrics = slices.DeleteFunc(metrics, func(m doctor.Metric) bool { return !strings.HasPrefix(m.Name, "aws.") })
	if actions, err = c.actionsOfFolder(s); err != nil {
		return nil, nil, "", err
	}
	return metrics, actions, from, nil
}

// inForce asks NATS, and does not wait long for one that is not there.
func inForce(ctx context.Context, g *settings) ([]doctor.Metric, error) {
	ctx, cancel := context.WithTimeout(ctx, min(g.Timeout, 5*time.Second))
	defer cancel()
	conn, err := g.connect(ctx, operator)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	e, err := bus.PolicyNeeds.Get(ctx, conn, "current")
	if err != nil {
		return nil, err
	}
	var out []doctor.Metric
	for _, n := range e.Value.GetNeeds() {
		out = append(out, doctor.Metric{Name: n.GetMetric(), Policy: n.GetPolicy()})
	}
	return out, nil
}

func (c *awsDoctorCmd) metricsOfFolder() ([]doctor.Metric, error) {
	files, err := readYAML([]string{c.Policies}, nil)
	if err != nil {
		return nil, &settingError{what: "which metrics policies look at is not known: " + err.Error(), fix: "say where policies are with --policies DIR, or where NATS is with --nats-url"}
	}
	good, _ := parsePolicies(files)
	var out []doctor.Metric
	for _, p := range good {
		for _, condition := range p.Conditions {
			out = append(out, doctor.Metric{Name: condition.Metric, Policy: p.Name})
			for _, other := range condition.Others() {
				out = append(out, doctor.Metric{Name: other, Policy: p.Name})
			}
		}
	}
	return out, nil
}

// actionsOfFolder returns the AWS actions that are declared without fault.
func (c *awsDoctorCmd) actionsOfFolder(s *screen.Screen) ([]doctor.Action, error) {
	if _, err := os.Stat(c.Actions); errors.Is(err, fs.ErrNotExist) {
		return nil, nil // nothing is declared, and nothing can be done
	}
	sources, err := readYAML([]string{c.Actions}, nil)
	if err != nil {
		return nil, err
	}
	var files []declare.File
	operations := map[string]string{}
	for _, f := range sources {
		files = append(files, declare.File{Name: f.name, Data: f.content})
		var raw struct {
			Actions []map[string]any `yaml:"actions"`
		}
		if yaml.Unmarshal(f.content, &raw) != nil {
			continue // what is wrong with it is lint's to say
		}
		for _, a := range raw.Actions {
			name, _ := a["name"].(string)
			kind, _ := a["kind"].(string)
			block, _ := a[kind].(map[string]any)
			operations[name], _ = block["operation"].(string)
		}
	}
	good, problems := declare.ParseAll(files, declare.Options{})
	if len(problems) > 0 {
		s.Note(count(len(problems), "fault") + " in " + c.Actions + ": actions with faults are not looked at; see parley action lint " + c.Actions)
	}
	var out []doctor.Action
	for _, a := range good {
		if strings.HasPrefix(a.Kind, "aws-") {
			out = append(out, doctor.Action{Name: a.Name, Kind: a.Kind, Operation: operations[a.Name]})
		}
	}
	return out, nil
}
