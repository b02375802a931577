package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/evaluator/replay"
	"github.com/parley-ops/parley/services/internal/nearest"
)

// fromTest returns the first incident that a test opens.
func (c *notifyPreviewCmd) fromTest() (subject, error) {
	path := c.File
	if path == "" {
		path = filepath.Join("deploy", "policies")
	}
	names, err := replay.Find(path)
	if err != nil {
		return subject{}, &settingError{what: err.Error(), fix: "name a file of policies' tests with --file (parley policy test --help), or a real incident with --incident"}
	}
	var opened []string
	for _, name := range names {
		sources, err := readYAML([]string{name}, nil)
		if err != nil {
			return subject{}, err
		}
		f := replay.ParseFile(name, sources[0].content)
		policies, problems := f.Load()
		if problems = append(f.Problems, problems...); len(problems) > 0 {
			p := problems[0]
			return subject{}, &settingError{what: fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text), fix: "parley policy test " + path + " lists every fault"}
		}
		for i := range f.Tests {
			t := &f.Tests[i]
			incidents, err := replay.Run(policies, t.Series, t.Over())
			if err != nil {
				return subject{}, fmt.Errorf("%s:%d: %w", name, t.Line, err)
			}
			for k := range incidents {
				change := incidents[k].Opening
				if c.Resolved {
					change = incidents[k].Resolving
				}
				if change == nil || c.Policy != "" && change.GetPolicy() != c.Policy {
					opened = append(opened, incidents[k].Policy)
					continue
				}
				return subject{change: change, actions: offeredFor(change), test: fmt.Sprintf("%s:%d: %s", name, t.Line, t.Name),
					ask: func(_ context.Context, _ uint32, q *eventv1.HistoryQuery) ([]*eventv1.SeriesHistory, error) {
						return t.Answer(q)
					}}, nil
			}
		}
	}
	return subject{}, c.noTest(path, opened)
}

// manyPolicies is how many policies are named in an error.
const manyPolicies = 12

// noTest says that no test opens what is wanted.
func (c *notifyPreviewCmd) noTest(path string, opened []string) error {
	slices.Sort(opened)
	opened = slices.Compact(opened)
	what := "no test in " + path + " opens an incident"
	if c.Resolved {
		what += " that is resolved"
	}
	if c.Policy != "" {
		what += " of policy " + c.Policy
		if near := nearest.To(c.Policy, opened); near != "" && near != c.Policy {
			what += " (did you mean " + near + "?)"
		}
	}
	fix := "write one (parley policy test --help), or name a real incident with --incident"
	if more := len(opened) - manyPolicies; more > 0 {
		opened = append(opened[:manyPolicies], fmt.Sprintf("and %d more", more))
	}
	if len(opened) > 0 {
		fix += "; tests open: " + strings.Join(opened, ", ")
	}
	return &settingError{what: what, fix: fix}
}

// offeredFor returns the incident's actions as deploy/actions has them, and by
// their names alone where it does not.
func offeredFor(change *eventv1.IncidentChanged) map[string]*eventv1.ActionDocument {
	out := map[string]*eventv1.ActionDocument{}
	for _, name := range change.GetActions() {
		out[name] = &eventv1.ActionDocument{Name: name, Title: name}
	}
	sources, err := readYAML([]string{filepath.Join("deploy", "actions")}, nil)
	if err != nil {
		return out // no folder of actions: their names say enough
	}
	var files []declare.File
	for _, f := range sources {
		files = append(files, declare.File{Name: f.name, Data: f.content})
	}
	known, _ := declare.ParseAll(files, declare.Options{})
	for _, a := range known {
		if d := out[a.Name]; d != nil && a.Title != "" {
			d.Title = a.Title
		}
	}
	return out
}
