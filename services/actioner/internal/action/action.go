package action

import (
	"context"
	"errors"
	"net/http"
	"net/netip"

	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/actioner/internal/node"
	"github.com/parley-ops/parley/services/internal/account"
)

// Kind is one way of acting on the world, set up with one action's block.
type Kind interface {
	// Plan returns in words what Run will do with these values, or an error
	// fit for people when they are not fit for it.
	Plan(v fill.Values) (string, error)
	// Run does it.
	Run(ctx context.Context, c Call) (Result, error)
}

// Tokened is a Kind that may be called again with the same run id: the other
// side knows the id, or doing it twice is the same as doing it once.
type Tokened interface{ HasToken() bool }

// HasToken reports whether a run of k may be repeated.
func HasToken(k Kind) bool {
	t, ok := k.(Tokened)
	return ok && t.HasToken()
}

// DryRunner is a Kind that can look at its target without touching it.
type DryRunner interface {
	DryRun(ctx context.Context, c Call) (Result, error)
}

// Call is one run of an action. RunID is the token: the same for every try.
type Call struct {
	RunID, Action string
	Values        fill.Values
	// Again: an earlier try of this run may have had its effect, so what is as
	// wanted already is this run's doing.
	Again bool
	// Session names who asks, for the far side's own audit.
	Session string
	// Automatic: no person asks, but a schedule.
	Automatic bool
	// Progress, if set, is told what a long run waits for, in words: what is
	// stopping, and for how long. It may be called often.
	Progress func(ctx context.Context, text string)
	// Most is how many resources the run may touch, Percent how much of its
	// group in percent; 0 is no bound.
	Most, Percent int
}

// Result is what came of a call.
type Result struct {
	// Text is for people.
	Text string
	// Resource is what was acted on: "444455556666/eu-west-1/i-0a1".
	Resource string
	// SavingUSDPerHour is what it saves at list price until something starts it
	// again; 0 when it saves nothing or nobody knows.
	SavingUSDPerHour float64
}

// Checker is a Kind that says what it looks at before it acts, in words: "the
// instance has the tag parley:actions=allowed".
type Checker interface{ Checks() []string }

// Placed is a Kind that says which places its block has beside those that
// stand in it, for the check of names.
type Placed interface{ Places() []fill.Ref }

// Grouper is a Kind whose resources belong to groups, of which a bounded share
// may be acted on.
type Grouper interface {
	// Group returns the group of the call's resource. of says which: "group"
	// (the far side's own) or "tag:NAME". A resource without one has the zero
	// Group.
	Group(ctx context.Context, c Call, of string) (Group, error)
}

// Scaler is a Kind that changes how many there are of something: it heeds
// [Call.Most] and [Call.Percent] itself.
type Scaler interface{ Scales() }

// Group is resources that stand for each other. Resources are named as in
// [Result.Resource].
type Group struct {
	// Name is for people: "tag service=web".
	Name string
	// Resource is the call's own; Members are all and Out those that do not
	// work now.
	Resource     string
	Members, Out []string
}

// Maker reads a kind's block of one action, complaining to it, and returns the
// kind, or nil if it cannot be used.
type Maker func(block *node.Map, d Deps) Kind

// Guard says whether a host that resolved to ip may be talked to.
type Guard func(host string, ip netip.Addr) error

// Deps are what kinds need of the process. All may be missing where an action
// is only checked.
type Deps struct {
	// Transport returns the way out for calls that guard allows.
	Transport func(Guard) http.RoundTripper
	// Secrets gives out what references (env:NAME, file:PATH) stand for.
	Secrets *Vault
	// SandboxToken is the local sandbox's, where an action names no other.
	SandboxToken string
	// Accounts are the cloud accounts there are; nil is none.
	Accounts *account.Set
}

// Outcome is what an error says about the effect.
type Outcome int

const (
	// OutcomeUnknown: it may or may not have happened.
	OutcomeUnknown Outcome = iota
	// OutcomeNotDone: it surely did not happen, and may be tried again.
	OutcomeNotDone
	// OutcomeFailed: it did not work; trying again is no use.
	OutcomeFailed
	// OutcomeRefused: a look before it said that it may not be done.
	OutcomeRefused
)

// Error is an error with what it means for the effect. Text is for people;
// the cause is for the log.
type Error struct {
	Outcome Outcome
	Text    string
	Err     error
}

// Error returns the text and the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Text
	}
	return e.Text + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// NotDone says that nothing happened and that it may be tried again.
func NotDone(text string, err error) error { return &Error{OutcomeNotDone, text, err} }

// Failed says that it did not work and will not by trying again.
func Failed(text string, err error) error { return &Error{OutcomeFailed, text, err} }

// Refused says that it was not even tried, for a reason that people are told.
func Refused(text string) error { return &Error{OutcomeRefused, text, nil} }

// Unknown says that it may or may not have happened.
func Unknown(text string, err error) error { return &Error{OutcomeUnknown, text, err} }

// OutcomeOf returns what err says about the effect.
func OutcomeOf(err error) Outcome {
	var e *Error
	if errors.As(err, &e) {
		return e.Outcome
	}
	return OutcomeUnknown
}

// TextOf returns what people are told of err.
func TextOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Text
	}
	return "something went wrong; the log has the details"
}
