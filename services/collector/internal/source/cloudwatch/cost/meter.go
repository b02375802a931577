package cost

import (
	"sync"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// List prices in USD, us-east-1, 2026-11.
const (
	PerMetric  = 0.01 / 1000
	PerRequest = 0.01 / 1000
	// PerUpdate is that of a metric stream, without Firehose.
	PerUpdate = 0.003 / 1000
	// FreeRequests a month, of GetMetricStatistics and the like.
	FreeRequests = 1_000_000
)

// Counts is what was asked for in a month.
type Counts struct {
	// Month is "2026-11".
	Month            string
	DataRequests     uint64
	MetricsRequested uint64
	ListRequests     uint64
	StatRequests     uint64
}

// USD returns what the counts cost at list price.
func (c Counts) USD() float64 {
	usd := float64(c.MetricsRequested)*PerMetric + float64(c.ListRequests)*PerRequest
	if c.StatRequests > FreeRequests {
		usd += float64(c.StatRequests-FreeRequests) * PerRequest
	}
	return usd
}

// Meter counts.
type Meter struct {
	mu     sync.Mutex
	counts Counts
}

// NewMeter returns a meter at zero.
func NewMeter() *Meter { return &Meter{} }

// Resume goes on from what was written before, if that is of this month.
func (m *Meter) Resume(now time.Time, w *eventv1.WatchCost) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.month(now)
	if w.GetMonth() != m.counts.Month {
		return
	}
	m.counts.DataRequests += w.GetDataRequests()
	m.counts.MetricsRequested += w.GetMetricsRequested()
	m.counts.ListRequests += w.GetListRequests()
	m.counts.StatRequests += w.GetStatisticsRequests()
}

// Data counts a GetMetricData call for so many pairs of metric and statistic.
func (m *Meter) Data(now time.Time, metrics int) {
	m.add(now, func(c *Counts) { c.DataRequests++; c.MetricsRequested += uint64(metrics) })
}

// List counts a ListMetrics call.
func (m *Meter) List(now time.Time) { m.add(now, func(c *Counts) { c.ListRequests++ }) }

// Statistics counts a GetMetricStatistics call.
func (m *Meter) Statistics(now time.Time) { m.add(now, func(c *Counts) { c.StatRequests++ }) }

// Counts returns this month's.
func (m *Meter) Counts(now time.Time) Counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.month(now)
	return m.counts
}

func (m *Meter) add(now time.Time, count func(*Counts)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.month(now)
	count(&m.counts)
}

// month begins a new one when it is time.
func (m *Meter) month(now time.Time) {
	if month := Month(now); m.counts.Month != month {
		m.counts = Counts{Month: month}
	}
}

// Month returns the month of t, "2026-11" (UTC).
func Month(t time.Time) string { return t.UTC().Format("2006-01") }

// Rest returns how much of t's month is still to come, and how long it is.
func Rest(t time.Time) (rest, whole time.Duration) {
	t = t.UTC()
	first := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	next := first.AddDate(0, 1, 0)
	return next.Sub(t), next.Sub(first)
}
