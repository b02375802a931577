package actiontest

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"
)

// Fleet is the sandbox's fleet, or any receiver: it counts effects, one for
// each Idempotency-Key.
type Fleet struct {
	// Forgetful receivers do not heed the key.
	Forgetful bool
	// Token is the bearer that is asked for, if any.
	Token string
	// Check looks at each request.
	Check func(r *http.Request)
	// Broken, if set, may fail a request after its effect.
	Broken func(n int) error
	// Hold, if set, is called before a request is answered.
	Hold func(r *http.Request)

	mu      sync.Mutex
	calls   int
	effects int
	keys    map[string]bool
}

var _ http.RoundTripper = (*Fleet)(nil)

// Effects returns how many effects there were.
func (f *Fleet) Effects() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.effects
}

// Calls returns how many requests there were.
func (f *Fleet) Calls() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls
}

// RoundTrip has an effect and answers.
func (f *Fleet) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if f.Check != nil {
		f.Check(r)
	}
	if f.Token != "" && strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") != f.Token {
		return Answer(http.StatusUnauthorized, `{"ok":false,"error":"unauthorized","message":"a bearer token is needed"}`), nil
	}
	n := f.act(r.Header.Get("Idempotency-Key"))
	if f.Hold != nil {
		f.Hold(r)
	}
	if f.Broken != nil {
		if err := f.Broken(n); err != nil {
			return nil, err
		}
	}
	return Answer(http.StatusOK, `{"ok":true,"message":"done","before":{"disk_used_percent":95},"after":{"disk_used_percent":40}}`), nil
}

func (f *Fleet) act(key string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if f.keys == nil {
		f.keys = map[string]bool{}
	}
	if f.Forgetful || key == "" || !f.keys[key] {
		f.effects++
	}
	f.keys[key] = true
	return f.calls
}

// DialError is a connection that could not be made.
func DialError() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
}
