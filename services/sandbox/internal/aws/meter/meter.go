package meter

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

// List prices of us-east-1, in US dollars, which are those of every region here.
const (
	PerMetric   = 0.01 / 1000 // a metric that GetMetricData is asked for
	PerRequest  = 0.01 / 1000 // any other request to CloudWatch's API
	FreeRequest = 1_000_000   // of the latter are free each month, in each account
)

const maxRows = 10_000

// Call is one request, after it was answered.
type Call struct {
	Account, Region string
	Action          string // cloudwatch:GetMetricData
	Metrics         int    // that GetMetricData was asked for
	Error           string // code of the refusal; empty for none
}

// Row is what was counted of one action in one region of an account.
type Row struct {
	Account   string  `json:"account"`
	Region    string  `json:"region"`
	Action    string  `json:"action"`
	Requests  int64   `json:"requests"`  // all of them
	Refused   int64   `json:"refused"`   // of these, with any error
	Throttled int64   `json:"throttled"` // of these, with Throttling
	Metrics   int64   `json:"metrics_requested"`
	Dollars   float64 `json:"dollars"` // list price, without any free tier
}

// Report is all that was counted since a time.
type Report struct {
	Since           time.Time `json:"since"` // real time
	Seconds         float64   `json:"seconds"`
	Requests        int64     `json:"requests"`
	Refused         int64     `json:"refused"`
	Throttled       int64     `json:"throttled"`
	Metrics         int64     `json:"metrics_requested"`
	Dollars         float64   `json:"dollars"`                // list price, without any free tier
	DollarsFreeTier float64   `json:"dollars_with_free_tier"` // as if this were one month
	Operations      []Row     `json:"operations"`
}

// Meter counts.
type Meter struct {
	mu    sync.Mutex
	since time.Time
	rows  map[[3]string]*Row
}

// New returns a meter at zero.
func New() *Meter {
	m := &Meter{}
	m.Reset()
	return m
}

// Reset starts again at zero.
func (m *Meter) Reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.since, m.rows = time.Now(), map[[3]string]*Row{}
}

// Count adds one call.
func (m *Meter) Count(c Call) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := [3]string{c.Account, c.Region, c.Action}
	row := m.rows[key]
	if row == nil && len(m.rows) >= maxRows {
		key = [3]string{"other", "other", "other"}
		row = m.rows[key]
	}
	if row == nil {
		row = &Row{Account: key[0], Region: key[1], Action: key[2]}
		m.rows[key] = row
	}
	row.Requests++
	if c.Error != "" {
		row.Refused++
		if c.Error == "Throttling" || c.Error == "RequestLimitExceeded" {
			row.Throttled++
		}
		return
	}
	row.Metrics += int64(c.Metrics)
	row.Dollars += price(c)
}

const (
	service = "cloudwatch:"
	perUnit = service + "GetMetricData"
)

func price(c Call) float64 {
	switch {
	case c.Action == perUnit:
		return float64(c.Metrics) * PerMetric
	case strings.HasPrefix(c.Action, service):
		return PerRequest
	}
	return 0
}

// Report returns what was counted, sorted by account, region and action.
func (m *Meter) Report() Report {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := Report{Since: m.since.UTC(), Seconds: time.Since(m.since).Seconds(), Operations: make([]Row, 0, len(m.rows))}
	plain := map[string]int64{} // requests that the free tier is for, by account
	for _, row := range m.rows {
		r.Operations = append(r.Operations, *row)
		r.Requests += row.Requests
		r.Refused += row.Refused
		r.Throttled += row.Throttled
		r.Metrics += row.Metrics
		r.Dollars += row.Dollars
		switch {
		case row.Action == perUnit:
			r.DollarsFreeTier += row.Dollars
		case strings.HasPrefix(row.Action, service):
			plain[row.Account] += row.Requests - row.Refused
		}
	}
	for _, n := range plain {
		r.DollarsFreeTier += float64(max(0, n-FreeRequest)) * PerRequest
	}
	slices.SortFunc(r.Operations, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region), cmp.Compare(a.Action, b.Action))
	})
	return r
}
