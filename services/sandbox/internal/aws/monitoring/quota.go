package monitoring

import (
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

type limitKey struct{ account, region, what string }

// limit is a bucket of tokens that refills in real time and holds one second's.
type limit struct {
	rate, tokens float64
	at           time.Time
}

// take takes n tokens, or all there are room for if n is more: a single large call
// passes when nothing else was asked for.
func (l *limit) take(n float64, now time.Time) bool {
	l.tokens = min(l.rate, l.tokens+now.Sub(l.at).Seconds()*l.rate)
	l.at = now
	if n = min(n, l.rate); l.tokens < n {
		return false
	}
	l.tokens -= n
	return true
}

// allow counts a call of r's operation against its quota.
func (c *CloudWatch) allow(r *wire.Request, n float64) bool {
	return c.takes(r, r.Operation, n, func(q Quotas) float64 {
		return map[string]float64{
			"GetMetricData": q.GetMetricData, "GetMetricStatistics": q.GetMetricStatistics, "ListMetrics": q.ListMetrics,
			"PutMetricData": q.PutMetricData, "DescribeAlarms": q.DescribeAlarms, "PutMetricAlarm": q.PutMetricAlarm,
		}[r.Operation]
	})
}

// allowPoints counts points that GetMetricData could return.
func (c *CloudWatch) allowPoints(r *wire.Request, n float64, old bool) bool {
	if old {
		return c.takes(r, "old points", n, func(q Quotas) float64 { return q.OldPoints })
	}
	return c.takes(r, "points", n, func(q Quotas) float64 { return q.Points })
}

// takes takes n of what; a rate of 0 is no limit.
func (c *CloudWatch) takes(r *wire.Request, what string, n float64, rate func(Quotas) float64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	of := rate(c.opt.Quotas)
	if of <= 0 {
		return true
	}
	key := limitKey{r.Caller.Account, r.Region, what}
	l := c.limits[key]
	if l == nil {
		l = &limit{rate: of, tokens: of, at: time.Now()}
		c.limits[key] = l
	}
	return l.take(n, time.Now())
}
