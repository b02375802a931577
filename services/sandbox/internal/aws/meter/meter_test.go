package meter

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

func TestListPrice(t *testing.T) {
	t.Parallel()
	m := New()
	for range 12 { // 1,000 metrics at 5 minutes for an hour: two full calls each time
		for range 2 {
			m.Count(Call{Account: "1", Region: "eu-west-1", Action: "cloudwatch:GetMetricData", Metrics: 500})
		}
	}
	m.Count(Call{Account: "1", Region: "eu-west-1", Action: "cloudwatch:GetMetricData", Metrics: 500, Error: "Throttling"})
	m.Count(Call{Account: "1", Region: "eu-west-1", Action: "cloudwatch:ListMetrics"})
	m.Count(Call{Account: "1", Region: "eu-west-1", Action: "ec2:DescribeInstances"})
	r := m.Report()
	if r.Requests != 27 || r.Throttled != 1 || r.Refused != 1 || r.Metrics != 12_000 {
		t.Errorf("counted %+v", r)
	}
	if want := 0.12 + 0.00001; math.Abs(r.Dollars-want) > 1e-9 {
		t.Errorf("list price %f, want %f", r.Dollars, want)
	}
	if math.Abs(r.DollarsFreeTier-0.12) > 1e-9 {
		t.Errorf("with the free tier %f, want 0.12", r.DollarsFreeTier)
	}
	if len(r.Operations) != 3 || r.Operations[0].Action != "cloudwatch:GetMetricData" {
		t.Errorf("rows %+v", r.Operations)
	}
	m.Reset()
	if r := m.Report(); r.Requests != 0 || len(r.Operations) != 0 {
		t.Errorf("after a reset %+v", r)
	}
}

// TestFreeTierEnds counts the request that is one too many.
func TestFreeTierEnds(t *testing.T) {
	t.Parallel()
	m := New()
	m.Count(Call{Account: "1", Action: "cloudwatch:GetMetricStatistics"})
	for _, row := range m.rows { // as if it had been counted so often
		row.Requests, row.Dollars = FreeRequest+1000, (FreeRequest+1000)*PerRequest
	}
	if r := m.Report(); math.Abs(r.DollarsFreeTier-0.01) > 1e-9 || math.Abs(r.Dollars-10.01) > 1e-6 {
		t.Errorf("free tier %f, list %f", r.DollarsFreeTier, r.Dollars)
	}
}

func TestRowsAreBounded(t *testing.T) {
	t.Parallel()
	m := New()
	for i := range maxRows + 10 {
		m.Count(Call{Region: fmt.Sprint(i), Action: "a"})
	}
	if r := m.Report(); len(r.Operations) != maxRows+1 || r.Requests != maxRows+10 {
		t.Errorf("%d rows of %d requests", len(r.Operations), r.Requests)
	}
}

// TestLastHour counts what was of late, and for how long.
func TestLastHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := New()
		ask := func() { m.Count(Call{Account: "1", Action: "cloudwatch:GetMetricData", Metrics: 500}) }
		ask()
		time.Sleep(30 * time.Minute)
		ask()
		r := m.Report().LastHour
		if r.Metrics != 1000 || r.Requests != 2 || math.Abs(r.Seconds-1800) > 1 || math.Abs(r.DollarsPerHour-0.02) > 1e-6 {
			t.Errorf("after half an hour: %+v", r)
		}
		time.Sleep(45 * time.Minute)
		if r = m.Report().LastHour; r.Metrics != 500 || r.Seconds > 3600 || r.Seconds < 3540 {
			t.Errorf("the first is longer ago: %+v", r)
		}
		time.Sleep(2 * time.Hour)
		if r = m.Report().LastHour; r.Metrics != 0 || r.Dollars != 0 {
			t.Errorf("nothing of late: %+v", r)
		}
	})
}
