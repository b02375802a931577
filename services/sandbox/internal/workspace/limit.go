package workspace

import (
	"math"
	"net/http"
	"time"
)

// bucket is a token bucket.
type bucket struct {
	tokens float64
	at     time.Time
}

// take uses one token of the bucket key, which fills at rate a second up to burst.
// It returns how long to wait if there is none.
func (w *Workspace) take(key string, rate float64, burst int) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.takeLocked(key, rate, burst)
}

func (w *Workspace) takeLocked(key string, rate float64, burst int) time.Duration {
	now := time.Now()
	b := w.limits[key]
	if b == nil {
		b = &bucket{tokens: float64(burst), at: now}
		w.limits[key] = b
	}
	b.tokens = math.Min(float64(burst), b.tokens+rate*now.Sub(b.at).Seconds())
	b.at = now
	if b.tokens < 1 {
		return time.Duration((1 - b.tokens) / rate * float64(time.Second))
	}
	b.tokens--
	return 0
}

// limited is Slack's answer to too many requests.
func limited(wait time.Duration) error {
	return &failure{
		code: "ratelimited", status: http.StatusTooManyRequests,
		retryAfter: max(1, int(math.Ceil(wait.Seconds()))),
	}
}

// limitMessages holds a channel to its rate. The caller holds mu.
func (w *Workspace) limitMessages(c *channel) error {
	if w.opt.MessageRate <= 0 {
		return nil
	}
	if wait := w.takeLocked("channel "+c.ID, w.opt.MessageRate, max(1, w.opt.MessageBurst)); wait > 0 {
		return limited(wait)
	}
	return nil
}
