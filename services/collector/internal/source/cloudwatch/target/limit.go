package target

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits are how much is asked of AWS in one account and region at most. The
// quotas behind the defaults are 50 and 25 calls/s and 180,000 points/s; what
// is left is for people's dashboards.
type Limits struct {
	// DataCalls is GetMetricData calls a second.
	DataCalls float64
	// Points is estimated points a second, range ÷ period of every query.
	Points float64
	// OtherCalls is calls a second of every other operation of a service.
	OtherCalls float64
}

// DefaultLimits leave half of the quotas to others.
func DefaultLimits() Limits { return Limits{DataCalls: 25, Points: 90_000, OtherCalls: 10} }

// MaxPoints is how many points one GetMetricData call may ask for.
const MaxPoints = 100_800

// pace is one limit: a rate that halves when AWS throttles, and recovers.
type pace struct {
	limiter *rate.Limiter
	full    rate.Limit

	mu     sync.Mutex
	halved time.Time
}

func newPace(perSecond float64, burst int) *pace {
	return &pace{limiter: rate.NewLimiter(rate.Limit(perSecond), burst), full: rate.Limit(perSecond)}
}

// wait waits for n, or for as many as may ever be had at once.
func (p *pace) wait(ctx context.Context, n int) error {
	return p.limiter.WaitN(ctx, max(1, min(n, p.limiter.Burst())))
}

// lowest is the part of the full rate below which no throttling pushes.
const lowest = 1.0 / 64

// slower halves the rate; several calls throttled within a second count once.
func (p *pace) slower() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Sub(p.halved) < time.Second {
		return
	}
	p.halved = now
	p.limiter.SetLimit(max(p.limiter.Limit()/2, p.full*lowest))
}

// faster recovers a twentieth of the full rate.
func (p *pace) faster() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.limiter.Limit(); l < p.full {
		p.limiter.SetLimit(min(l+p.full/20, p.full))
	}
}

// errTooBig: a caller asked for more points than one call may have.
var errTooBig = errors.New("more than 100,800 points in one GetMetricData call: ask for a shorter time or fewer metrics")
