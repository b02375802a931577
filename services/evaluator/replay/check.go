package replay

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/nearest"
)

// Result is what came of one test.
type Result struct {
	File string
	Line int
	Test string
	// Differences between what was expected and what happened, in words; none
	// if the test passed.
	Differences []string
	// Incidents that opened.
	Incidents []Incident
}

// Load reads the policies that a file's tests are about, and returns what is
// wrong with them.
func (f *File) Load() ([]policy.Policy, []policy.Problem) {
	var out []policy.Policy
	var problems []policy.Problem
	for _, name := range f.Policies {
		data, err := os.ReadFile(name)
		if err != nil {
			problems = append(problems, policy.Problem{File: f.Name, Line: 1, Column: 1, Text: "policies: " + err.Error()})
			continue
		}
		parsed := policy.Parse(name, data)
		out, problems = append(out, parsed.Policies...), append(problems, parsed.Problems...)
	}
	return out, problems
}

// Run runs the tests under these policies.
func (f *File) Run(policies []policy.Policy) []Result {
	out := make([]Result, len(f.Tests))
	for i := range f.Tests {
		out[i] = f.Tests[i].run(policies)
		out[i].File = f.Name
	}
	return out
}

func (t *Test) run(policies []policy.Policy) Result {
	r := Result{Line: t.Line, Test: t.Name}
	var names []string
	for i := range policies {
		names = append(names, policies[i].Name)
	}
	for _, w := range t.Want {
		if !slices.Contains(names, w.Policy) {
			hint := ""
			if best := nearest.To(w.Policy, names); best != "" {
				hint = ", did you mean " + best + "?"
			}
			r.Differences = append(r.Differences, fmt.Sprintf("line %d: no policy is named %s%s", w.Line, w.Policy, hint))
		}
	}
	var err error
	if r.Incidents, err = Run(policies, t.Series, start.Add(t.End)); err != nil {
		r.Differences = append(r.Differences, err.Error())
		return r
	}
	r.Differences = append(r.Differences, compare(t.Want, r.Incidents)...)
	return r
}

// compare pairs what was expected with what happened: first what agrees in
// all, then what is the same incident at another time or in other words.
func compare(want []Want, got []Incident) []string {
	usedWant, usedGot := make([]bool, len(want)), make([]bool, len(got))
	var diffs []string
	for _, exact := range []bool{true, false} {
		for i := range want {
			for k := range got {
				if usedWant[i] || usedGot[k] || want[i].Policy != got[k].Policy || !hasAll(got[k].Labels, want[i].Labels) {
					continue
				}
				d := want[i].differences(&got[k])
				if exact && len(d) > 0 {
					continue
				}
				usedWant[i], usedGot[k] = true, true
				if len(d) > 0 {
					diffs = append(diffs, fmt.Sprintf("line %d: %s%s: %s", want[i].Line, want[i].Policy, got[k].Labels, strings.Join(d, "; ")))
				}
			}
		}
	}
	for i := range want {
		if !usedWant[i] {
			diffs = append(diffs, fmt.Sprintf("line %d: %s%s did not open, wanted at %s", want[i].Line, want[i].Policy, want[i].Labels, words(want[i].Opened)))
		}
	}
	for k := range got {
		if !usedGot[k] {
			diffs = append(diffs, fmt.Sprintf("not expected: %s%s opened at %s, %s: %s",
				got[k].Policy, got[k].Labels, after(got[k].Opened), resolution(&got[k]), got[k].Summary))
		}
	}
	return diffs
}

// differences returns in what the incident is not as it should be.
func (w *Want) differences(in *Incident) []string {
	var out []string
	if got := in.Opened.Sub(start); got != w.Opened {
		out = append(out, fmt.Sprintf("opened at %s, want %s", words(got), words(w.Opened)))
	}
	switch {
	case w.Resolved < 0 && !in.Resolved.IsZero():
		out = append(out, resolution(in)+", want it open at the end")
	case w.Resolved >= 0 && (in.Resolved.IsZero() || in.Resolved.Sub(start) != w.Resolved):
		out = append(out, resolution(in)+", want resolved at "+words(w.Resolved))
	}
	if w.Severity != 0 && w.Severity != in.Severity {
		out = append(out, fmt.Sprintf("%s, want %s", severity(in.Severity), severity(w.Severity)))
	}
	if w.Summary != "" && w.Summary != in.Summary {
		out = append(out, fmt.Sprintf("says %q, want %q", in.Summary, w.Summary))
	}
	return out
}

func hasAll(have, want label.Set) bool {
	return !slices.ContainsFunc(want, func(l label.Label) bool { return have.Get(l.Name) != l.Value })
}

func resolution(in *Incident) string {
	if in.Resolved.IsZero() {
		return "open at the end"
	}
	return "resolved at " + after(in.Resolved)
}

// after writes a time as test files do: counted from the first values.
func after(t time.Time) string { return words(t.Sub(start)) }

func severity(s eventv1.Severity) string {
	for name, known := range severities {
		if known == s {
			return name
		}
	}
	return "no severity"
}
