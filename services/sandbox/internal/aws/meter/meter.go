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
	LastHour        Pace      `json:"last_hour"`
	Operations      []Row     `json:"operations"`
}

// Pace is what was counted of late: in the last sixty minutes, or since the meter
// began if that is less.
type Pace struct {
	Seconds        float64 `json:"seconds"`
	Requests       int64   `json:"requests"`
	Metrics        int64   `json:"metrics_requested"`
	Dollars        float64 `json:"dollars"`          // list price
	DollarsPerHour float64 `json:"dollars_per_hour"` // if all hours were so
}

// Meter counts.
type Meter struct {
	mu      sync.Mutex
	since   time.Time
	rows    map[[3]string]*Row
	minutes [60]slot // by Unix minute
}

// slot is one minute.
type slot struct {
	minute            int64
	requests, metrics int64
	dollars           float64
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
	m.since, m.rows, m.minutes = time.Now(), map[[3]string]*Row{}, [60]slot{}
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
	now := time.Now().Unix() / 60
	of := &m.minutes[now%60]
	if of.minute != now {
		*of = slot{minute: now}
	}
	of.requests++
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
	of.metrics += int64(c.Metrics)
	of.dollars += price(c)
}

// pace adds up the newest minutes. The caller holds mu.
func (m *Meter) pace() Pace {
	now := time.Now()
	begin := now.Truncate(time.Minute).Add(-59 * time.Minute)
	if m.since.After(begin) {
		begin = m.since
	}
	p := Pace{Seconds: now.Sub(begin).Seconds()}
	for _, of := range m.minutes {
		if of.minute > now.Unix()/60-60 {
			p.Requests += of.requests
			p.Metrics += of.metrics
			p.Dollars += of.dollars
		}
	}
	if p.Seconds > 0 {
		p.DollarsPerHour = p.Dollars * 3600 / p.Seconds
	}
	return p
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
	r := Report{Since: m.since.UTC(), Seconds: time.Since(m.since).Seconds(), LastHour: m.pace(), Operations: make([]Row, 0, len(m.rows))}
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
