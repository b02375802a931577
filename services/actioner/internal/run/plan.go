package run

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/actioner/internal/verify"
	"github.com/parley-ops/parley/services/internal/label"
)

// Planned is what a run would do.
type Planned struct {
	Parameters map[string]string
	Target     string
	// Words are for people; Hash stands for all that they agree to.
	Words, Hash string
}

// known says why a parameter has no value of its own, or nil.
func known(p declare.Parameter, v fill.Values) error {
	value, err := p.Value.Fill(v, nil)
	if err != nil {
		return err
	}
	return p.Check(value)
}

// Plan fills an action's parameters and words for a run. asked are parameters
// that a person gave; with an incident they may only say what it says anyway.
// Errors are for people.
func Plan(a declare.Action, run *eventv1.RunChanged, asked, settings map[string]string) (Planned, error) {
	if a.Do == nil {
		return Planned{}, errors.New("there is no such action (any more)")
	}
	v := values(run, settings)
	for name := range asked {
		if !slices.ContainsFunc(a.Parameters, func(p declare.Parameter) bool { return p.Name == name }) {
			return Planned{}, fmt.Errorf("%s has no parameter %q", a.Name, name)
		}
	}
	parameters := map[string]string{}
	for _, p := range a.Parameters {
		value, err := p.Value.Fill(v, nil)
		given, ok := asked[p.Name]
		switch {
		// What is undone had its parameters checked against the incident.
		case ok && (err != nil || value == "" || run.GetIncident().GetId() == "" || run.GetUndoOf() != "" || p.Ask):
			value = given
		case ok && given != value:
			return Planned{}, fmt.Errorf("the parameter %s is %q for this incident", p.Name, value)
		case err != nil && p.Optional:
			value = ""
		case err != nil:
			return Planned{}, fmt.Errorf("the parameter %s: %w", p.Name, err)
		}
		if err := p.Check(value); err != nil {
			return Planned{}, err
		}
		parameters[p.Name] = value
	}
	v[fill.Parameters] = parameters
	p := Planned{Parameters: parameters}
	var err error
	if p.Target, err = target(a, run, v); err != nil {
		return Planned{}, err
	}
	doing, err := a.Do.Plan(v)
	if err != nil {
		return Planned{}, err
	}
	if p.Words = doing; !a.Plan.Empty() {
		if p.Words, err = a.Plan.Fill(v, nil); err != nil {
			return Planned{}, err
		}
	}
	p.Hash = hash(a.Name, a.Kind, parameters, p.Target, a.Revision, p.Words, doing)
	return p, nil
}

func hash(parts ...any) string {
	b, err := json.Marshal(parts) // sorts maps
	if err != nil {
		panic(err) // texts and maps of text alone: cannot fail
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// target returns what the run acts on.
func target(a declare.Action, run *eventv1.RunChanged, v fill.Values) (string, error) {
	if !a.Target.Empty() {
		return a.Target.Fill(v, nil)
	}
	parameters := v[fill.Parameters]
	var out []string
	for _, n := range slices.Sorted(maps.Keys(parameters)) {
		out = append(out, parameters[n])
	}
	if len(out) > 0 {
		return strings.Join(out, " "), nil
	}
	if len(run.GetIncident().GetLabels()) > 0 {
		return label.FromProto(run.GetIncident().GetLabels()).String(), nil
	}
	return "", nil
}

// values returns what a run's templates are filled with. Labels are those of
// the incident's group and, where it has none of that name, of the series on
// which its condition is worst.
func values(run *eventv1.RunChanged, settings map[string]string) fill.Values {
	i := run.GetIncident()
	labels := map[string]string{}
	for _, l := range verify.Condition(i).GetSeries().GetLabels() {
		labels[l.GetName()] = l.GetValue()
	}
	for _, l := range i.GetLabels() {
		labels[l.GetName()] = l.GetValue()
	}
	severity := ""
	if i.GetSeverity() != eventv1.Severity_SEVERITY_UNSPECIFIED {
		severity = strings.ToLower(strings.TrimPrefix(i.GetSeverity().String(), "SEVERITY_"))
	}
	return fill.Values{
		fill.Labels:     labels,
		fill.Parameters: run.GetParameters(),
		fill.Settings:   settings,
		fill.Incident:   {"id": i.GetId(), "policy": i.GetPolicy(), "severity": severity, "summary": i.GetSummary()},
		fill.Run:        {"id": run.GetRunId()},
		fill.Actor:      {"name": nameOf(run.GetRequestedBy())},
	}
}
