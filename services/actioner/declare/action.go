package declare

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/actioner/internal/moment"
	"github.com/parley-ops/parley/services/actioner/internal/node"
)

// Problem is one fault: file:line:column: text.
type Problem = node.Problem

// Action is one action as declared, checked.
type Action struct {
	Name, Title, Description string
	// Kind is the kind's name, Do the kind set up with the action's block.
	Kind string
	Do   action.Kind
	// Confirm is the question of the confirm dialog, Style its button's:
	// "", primary or danger.
	Confirm, Style string
	Parameters     []Parameter
	// Target is what it acts on: cool-down and bounds are counted by it. Empty:
	// all parameters.
	Target fill.Template
	// Plan is what it does, in words; empty: the kind's own.
	Plan fill.Template
	// Allow is who may run it: "@group", a person's id or name, or
	// backend:id. Empty is nobody.
	Allow    []string
	Approval *Approval
	// Timeout is for the whole call with its retries.
	Timeout, CoolDown time.Duration
	// PerHour, PerHourTarget and PerHourAccount are how many runs may begin
	// within an hour: in all, on one target and in one cloud account.
	PerHour, PerHourTarget, PerHourAccount int
	// PerRun is how many resources one run may touch; 0 is no bound.
	PerRun int
	// AtMost bounds how much of a group may be acted on.
	AtMost AtMost
	// Undo is the action that does the inverse.
	Undo Undo
	// Until is when that is done by itself; the zero Until never.
	Until moment.Weekly
	// WhenResolved: it may run although the incident is over.
	WhenResolved bool
	Verify       Verify
	// Revision changes when the declaration does.
	Revision string
	// File and Line are where it stands.
	File string
	Line int
}

// Approval is a second person's word.
type Approval struct {
	From   []string
	Within time.Duration
}

// AtMost is a share of a group, in percent; 0 is no bound. Of is "group" (the
// far side's own) or "tag:NAME".
type AtMost struct {
	Percent int
	Of      string
}

// Undo is an inverse and how long it is offered; the zero Undo is none.
type Undo struct {
	Action string
	Within time.Duration
}

// Verify is how the effect is looked for. BetterWhen is lower, higher or ""
// (the condition's own direction).
type Verify struct {
	Within     time.Duration
	BetterWhen string
	// Silent is a metric of the resource that falls silent when it worked, for
	// SilentFor; "" is none.
	Silent    string
	SilentFor time.Duration
	// By are the labels that tell the resource's series of it from others'.
	By []string
}

// Parameter is one value that an action takes.
type Parameter struct {
	Name  string
	Value fill.Template
	// OneOf and Matches are what it may be; with neither, plain words.
	OneOf   []string
	Matches *regexp.Regexp
	// Ask: who asks may choose, with an incident too. Form: pressing the button
	// opens a form for it.
	Ask, Form bool
	// Label and Help are what a form says of it.
	Label, Help string
	// Number: it is one, from Min to Max where they are said.
	Number   bool
	Min, Max *float64
	// Optional: it may be empty.
	Optional bool
}

// plain is what a parameter may be where nothing else is said: no blanks, no
// slashes, nothing that means something to a shell or a URL.
var plain = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$`)

// Check says why a value is not allowed.
func (p Parameter) Check(value string) error {
	switch {
	case p.Optional && value == "":
	case p.Number:
		return p.number(value)
	case len(value) > 1024:
		return fmt.Errorf("the parameter %s is too long", p.Name)
	case len(p.OneOf) > 0:
		if !slices.Contains(p.OneOf, value) {
			return fmt.Errorf("the parameter %s may not be %q: it is one of %v", p.Name, value, p.OneOf)
		}
	case p.Matches != nil:
		if !p.Matches.MatchString(value) {
			return fmt.Errorf("the parameter %s may not be %q: it has to match %s", p.Name, value, p.Matches)
		}
	case !plain.MatchString(value):
		return fmt.Errorf("the parameter %s may not be %q: letters, digits, . _ : - only, unless `matches:` or `one_of:` says otherwise", p.Name, value)
	}
	return nil
}

// number says why a value is no number that is allowed.
func (p Parameter) number(value string) error {
	n, err := strconv.ParseFloat(value, 64)
	switch {
	case err != nil || math.IsNaN(n) || math.IsInf(n, 0) || len(value) > 32:
		return fmt.Errorf("the parameter %s may not be %q: it is a number", p.Name, value)
	case p.Min != nil && n < *p.Min:
		return fmt.Errorf("the parameter %s may not be %s: it is %g at least", p.Name, value, *p.Min)
	case p.Max != nil && n > *p.Max:
		return fmt.Errorf("the parameter %s may not be %s: it is %g at most", p.Name, value, *p.Max)
	}
	return nil
}
