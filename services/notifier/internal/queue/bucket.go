package queue

import (
	"sync"
	"time"
)

// bucket is a token bucket that can also be told to wait. Its zero value is
// not ready.
type bucket struct {
	mu      sync.Mutex
	rate    float64 // tokens a second
	burst   float64
	tokens  float64
	at      time.Time
	blocked time.Time
}

func newBucket(rate, burst float64) *bucket { return &bucket{rate: rate, burst: burst, tokens: burst} }

// wait returns how long until n tokens are there; 0 if they are.
func (b *bucket) wait(now time.Time, n float64) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Before(b.blocked) {
		return b.blocked.Sub(now)
	}
	b.fill(now)
	if b.tokens >= n {
		return 0
	}
	return time.Duration((n-b.tokens)/b.rate*float64(time.Second)) + time.Microsecond
}

// take uses one token.
func (b *bucket) take(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(now)
	b.tokens--
}

// block lets nothing through for d: Retry-After.
func (b *bucket) block(now time.Time, d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if until := now.Add(d); until.After(b.blocked) {
		b.blocked = until
	}
	b.tokens, b.at = min(b.tokens, 1), b.blocked
}

func (b *bucket) fill(now time.Time) {
	if b.at.IsZero() {
		b.at = now
	}
	if d := now.Sub(b.at); d > 0 {
		b.tokens, b.at = min(b.burst, b.tokens+b.rate*d.Seconds()), now
	}
}
