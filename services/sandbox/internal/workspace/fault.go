package workspace

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/parley-ops/parley/services/internal/wait"
)

// fault is a planned misbehaviour of the Web API, set by sandbox.faults.
type fault struct {
	ID         string `json:"id"`
	Method     string `json:"method"`            // of the Web API; "*" is every one
	Channel    string `json:"channel,omitempty"` // only calls for this one
	Status     int    `json:"status,omitempty"`  // HTTP status to answer with
	Error      string `json:"error,omitempty"`   // Slack's error string
	RetryAfter int    `json:"retry_after,omitempty"`
	DelayMS    int    `json:"delay_ms,omitempty"`
	Times      int    `json:"times"`           // calls still to hit; negative is without end
	After      bool   `json:"after,omitempty"` // the call takes effect, then fails
	Drop       bool   `json:"drop,omitempty"`  // the connection breaks instead of an answer
}

// planned returns the fault that hits this call, if any. The caller holds mu.
func (w *Workspace) planned(c *call) *fault {
	for i, f := range w.faults {
		if f.Method != "*" && f.Method != c.method {
			continue
		}
		if f.Channel != "" {
			if ch := w.channel(c.str("channel")); ch == nil || ch != w.channel(f.Channel) {
				continue
			}
		}
		hit := *f
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				w.faults = slices.Delete(w.faults, i, i+1)
			}
		}
		return &hit
	}
	return nil
}

func (f *fault) wait(ctx context.Context) error {
	if f.DelayMS <= 0 {
		return nil
	}
	return wait.For(ctx, time.Duration(f.DelayMS)*time.Millisecond)
}

// broken reports whether the call fails, rather than only being slow.
func (f *fault) broken() bool {
	return f.Status != 0 || f.Error != "" || f.RetryAfter != 0 || f.Drop
}

func (f *fault) failure() error {
	bad := &failure{code: f.Error, status: f.Status, retryAfter: f.RetryAfter}
	if f.RetryAfter > 0 && f.Status == 0 {
		bad.status = http.StatusTooManyRequests
	}
	if bad.code == "" {
		switch bad.status {
		case http.StatusTooManyRequests:
			bad.code, bad.retryAfter = "ratelimited", max(1, f.RetryAfter)
		default:
			bad.code = "internal_error"
		}
	}
	return bad
}

// setFaults plans faults: one by its fields, several as "faults"; clear forgets all.
func (w *Workspace) setFaults(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.flag("clear") {
		w.faults = nil
	}
	plans, given, err := c.list("faults")
	if err != nil {
		return nil, explain("invalid_arguments", "faults: %v", err)
	}
	if !given && c.str("method") != "" {
		plans = []any{c.args}
	}
	for _, p := range plans {
		f, err := as[fault](p)
		if err != nil || f.Method == "" {
			return nil, explain("invalid_arguments", "a fault needs a method and numbers where numbers are meant: %v", err)
		}
		if _, known := methods()[f.Method]; !known && f.Method != "*" {
			return nil, explain("unknown_method", "no method %q", f.Method)
		}
		if f.Channel != "" && w.channel(f.Channel) == nil {
			return nil, fail("channel_not_found")
		}
		if f.Times == 0 {
			f.Times = 1
		}
		f.ID = id("X")
		w.faults = append(w.faults, &f)
	}
	list := []any{}
	for _, f := range w.faults {
		list = append(list, *f)
	}
	return object{"faults": list}, nil
}
