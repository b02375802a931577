package action

import (
	"context"
	"errors"
	"net/http"
	"net/netip"

	"github.com/parley-ops/parley/services/actioner/internal/fill"
	"github.com/parley-ops/parley/services/actioner/internal/node"
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
}

// Result is what came of a call, in words for people.
type Result struct{ Text string }

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
}

// Outcome is what an error says about the effect.
type Outcome int

const (
	// OutcomeUnknown: it may or may not have happened.
	OutcomeUnknown Outcome = iota
	// OutcomeNotDone: it surely did not happen, and may be tried again.
	OutcomeNotDone
	// OutcomeFailed: it was refused or did not work; trying again is no use.
	OutcomeFailed
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
