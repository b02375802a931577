package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/evaluator/replay"
)

type policyTestCmd struct {
	Paths []string `arg:"" optional:"" name:"path" placeholder:"FILE|DIR" help:"Files of tests, or folders with a folder named tests somewhere in them; default deploy/policies."`
}

// Help explains the command.
func (policyTestCmd) Help() string {
	return `Replays series through policies on a clock of its own, and compares the incidents
that open with those that should. Days take milliseconds. Needs no server; exits 1
when a test fails or a file has a fault.

A file of tests, policies/tests/cpu.yaml for policies/cpu.yaml:
  interval: 5m
  units: {cpu: "%"}
  tests:
    - name: an hour of full load
      series:
        cpu{host="a"}: 10x5 97x12 40x3 _x3
      incidents:
        - {policy: cpu-high, opened: 40m, resolved: 1h25m, labels: {host: a}}
    - name: load of a moment
      series:
        cpu{host="a"}: 10x5 97x2 10x20
      none: true

97x12 is the value 97 twelve times, 10..90x9 nine values from 10 to 90, _x3 a gap
of three intervals. An incident without "resolved" has to be open at the end.

Examples:
  parley policy test
  parley policy test policies/tests/cpu.yaml
  parley policy test policies/ --json | jq '.tests[] | select(.passed | not)'`
}

// testResult is the JSON of the command.
type testResult struct {
	Files    int        `json:"files"`
	Passed   int        `json:"passed"`
	Failed   int        `json:"failed"`
	Problems []fault    `json:"problems"`
	Tests    []testView `json:"tests"`
}

// testView is what came of one test.
type testView struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Name   string `json:"name"`
	Passed bool   `json:"passed"`
	// Differences from what was expected, in words.
	Differences []string     `json:"differences"`
	Incidents   []replayView `json:"incidents"`
}

// replayView is an incident of a replay.
type replayView struct {
	Policy     string            `json:"policy"`
	Severity   string            `json:"severity"`
	Labels     map[string]string `json:"labels"`
	OpenedAt   time.Time         `json:"opened_at"`
	ResolvedAt *time.Time        `json:"resolved_at"`
	Summary    string            `json:"summary"`
	Value      float64           `json:"value"`
	Unit       string            `json:"unit"`
}

// Run runs the tests.
func (c *policyTestCmd) Run(s *screen.Screen) error {
	if len(c.Paths) == 0 {
		c.Paths = []string{filepath.Join("deploy", "policies")}
	}
	var names []string
	for _, path := range c.Paths {
		found, err := replay.Find(path)
		if err != nil {
			return err
		}
		names = append(names, found...)
	}
	r := testResult{Files: len(names), Problems: []fault{}, Tests: []testView{}}
	for _, name := range names {
		if err := r.file(name); err != nil {
			return err
		}
	}
	err := s.Result(r, func() { r.show(s, names) })
	if err == nil && (r.Failed > 0 || len(r.Problems) > 0) {
		return errSaid
	}
	return err
}

// file runs the tests of one file.
func (r *testResult) file(name string) error {
	sources, err := readYAML([]string{name}, strings.NewReader(""))
	if err != nil {
		return err
	}
	f := replay.ParseFile(name, sources[0].content)
	r.fault(f.Problems)
	policies, problems := f.Load()
	r.fault(problems)
	for _, t := range f.Run(policies) {
		v := testView{File: t.File, Line: t.Line, Name: t.Test, Passed: len(t.Differences) == 0, Differences: append([]string{}, t.Differences...), Incidents: []replayView{}}
		for i := range t.Incidents {
			v.Incidents = append(v.Incidents, viewReplay(&t.Incidents[i]))
		}
		if v.Passed {
			r.Passed++
		} else {
			r.Failed++
		}
		r.Tests = append(r.Tests, v)
	}
	return nil
}

func (r *testResult) fault(problems []policy.Problem) {
	for _, p := range problems {
		r.Problems = append(r.Problems, fault{p.File, p.Line, p.Column, p.Policy, p.Text})
	}
}

func viewReplay(in *replay.Incident) replayView {
	v := replayView{Policy: in.Policy, Severity: enum(in.Severity, "SEVERITY_"), Labels: in.Labels.Map(), OpenedAt: in.Opened, Summary: in.Summary, Value: in.Value, Unit: in.Unit}
	if !in.Resolved.IsZero() {
		v.ResolvedAt = &in.Resolved
	}
	return v
}

func (r *testResult) show(s *screen.Screen, names []string) {
	for _, f := range r.Problems {
		s.Line(s.Paint(screen.Bold, fmt.Sprintf("%s:%d:%d:", f.File, f.Line, f.Column)) + " " + f.Text)
	}
	for _, name := range names {
		passed, failed := 0, 0
		for i := range r.Tests {
			t := &r.Tests[i]
			switch {
			case t.File != name:
			case t.Passed:
				passed++
			default:
				failed++
				s.Line(s.Paint(screen.Red, "FAIL") + fmt.Sprintf(" %s:%d: %s", t.File, t.Line, t.Name))
				for _, d := range t.Differences {
					s.Line("       " + d)
				}
			}
		}
		if failed == 0 && passed > 0 {
			s.Line(s.Paint(screen.Green, "ok  ") + " " + name + ": " + count(passed, "test"))
		}
	}
	switch {
	case r.Failed > 0:
		s.Line(fmt.Sprintf("%d of %s failed", r.Failed, count(r.Passed+r.Failed, "test")))
	case len(r.Problems) > 0:
		s.Line(fmt.Sprintf("%s in %s", count(len(r.Problems), "fault"), count(r.Files, "file")))
	default:
		s.Line(fmt.Sprintf("%s in %s passed", count(r.Passed, "test"), count(r.Files, "file")))
	}
}
