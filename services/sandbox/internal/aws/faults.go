package aws

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

// Fault is something that goes wrong with the requests it is of, in real time.
type Fault struct {
	Kind    string   `json:"kind"`              // throttle, deny, expire, error, hang
	Action  string   `json:"action,omitempty"`  // "cloudwatch:GetMetricData", "cloudwatch:*"; empty for all
	Account string   `json:"account,omitempty"` // empty for all
	Region  string   `json:"region,omitempty"`  // empty for all
	For     Duration `json:"for,omitempty"`     // how long from now; 0 until it is taken away
	Times   int      `json:"times,omitempty"`   // how many requests; 0 for all
	Delay   Duration `json:"delay,omitempty"`   // hang: how long before the answer; 0 until the client goes away
}

const maxFaults = 100

var kinds = []string{"throttle", "deny", "expire", "error", "hang"}

func (f Fault) validate() error {
	switch {
	case !slices.Contains(kinds, f.Kind):
		return fmt.Errorf("kind %q is none of %s", f.Kind, strings.Join(kinds, ", "))
	case f.For < 0 || f.Times < 0 || f.Delay < 0:
		return errors.New("for, times and delay must not be negative")
	}
	return nil
}

func (f Fault) is(r *wire.Request) bool {
	service, all := strings.CutSuffix(f.Action, "*")
	return (f.Action == "" || f.Action == r.Action() || all && strings.HasPrefix(r.Action(), service)) &&
		(f.Account == "" || f.Account == r.Caller.Account) && (f.Region == "" || f.Region == r.Region)
}

// Duration is a time.Duration, in JSON as "90s".
type Duration time.Duration

// MarshalText writes the duration as "1m30s".
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what time.ParseDuration does.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}

// faults are those that are in force.
type faults struct {
	mu   sync.Mutex
	all  []*active
	skew time.Duration
}

type active struct {
	Fault
	until time.Time // zero for no end
	left  int       // requests; negative for no bound
}

// set replaces all faults.
func (f *faults) set(list []Fault, skew time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all, f.skew = nil, skew
	for _, one := range list {
		f.all = append(f.all, newActive(one))
	}
}

func (f *faults) add(one Fault) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clean(time.Now())
	if len(f.all) >= maxFaults {
		return false
	}
	f.all = append(f.all, newActive(one))
	return true
}

func newActive(one Fault) *active {
	a := &active{Fault: one, left: -1}
	if one.For > 0 {
		a.until = time.Now().Add(time.Duration(one.For))
	}
	if one.Times > 0 {
		a.left = one.Times
	}
	return a
}

// list returns what is in force, with the time and the requests that are left.
func (f *faults) list() ([]Fault, time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	f.clean(now)
	out := []Fault{}
	for _, a := range f.all {
		one := a.Fault
		if !a.until.IsZero() {
			one.For = Duration(a.until.Sub(now).Round(time.Millisecond))
		}
		one.Times = max(a.left, 0)
		out = append(out, one)
	}
	return out, f.skew
}

// clean forgets what is over. The caller holds mu.
func (f *faults) clean(now time.Time) {
	f.all = slices.DeleteFunc(f.all, func(a *active) bool { return a.left == 0 || !a.until.IsZero() && !now.Before(a.until) })
}

// now is the time that signatures are compared with.
func (f *faults) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return time.Now().Add(f.skew)
}

// skewed reports whether signatures are compared with a wrong time.
func (f *faults) skewed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.skew != 0
}

// take returns the first fault that the request has, and counts it.
func (f *faults) take(r *wire.Request) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clean(time.Now())
	for _, a := range f.all {
		if a.is(r) {
			if a.left > 0 {
				a.left--
			}
			return a.Fault, true
		}
	}
	return Fault{}, false
}

// before lets a request go wrong, if it should.
func (f *faults) before(ctx context.Context, r *wire.Request) error {
	fault, ok := f.take(r)
	if !ok {
		return nil
	}
	switch fault.Kind {
	case "throttle":
		return wire.Throttled()
	case "deny":
		return wire.Denied(r, "")
	case "expire":
		return wire.Expired()
	case "error":
		return &wire.Error{Code: "InternalFailure", JSON: "InternalServiceFault", Status: http.StatusInternalServerError, Message: "Request processing has failed due to some unknown error, exception or failure."}
	}
	var end <-chan time.Time
	if fault.Delay > 0 {
		timer := time.NewTimer(time.Duration(fault.Delay))
		defer timer.Stop()
		end = timer.C
	}
	select {
	case <-end:
		return nil
	case <-ctx.Done():
		return &wire.Error{Code: "ServiceUnavailable", Status: http.StatusServiceUnavailable, Message: "The client went away."}
	}
}
