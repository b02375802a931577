package cost

import (
	"math"
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

func TestMeter(t *testing.T) {
	t.Parallel()
	m := NewMeter()
	at := time.Date(2026, 11, 30, 23, 59, 0, 0, time.UTC)
	m.Resume(at, &eventv1.WatchCost{Month: "2026-11", DataRequests: 3, MetricsRequested: 1000, ListRequests: 2, StatisticsRequests: FreeRequests})
	m.Data(at, 500)
	m.List(at)
	m.Statistics(at)
	c := m.Counts(at)
	if want := (Counts{"2026-11", 4, 1500, 3, FreeRequests + 1}); c != want {
		t.Errorf("counted %+v, want %+v", c, want)
	}
	// 1,500 metrics, 3 lists, and one request beyond the free million.
	if want := 0.01504; math.Abs(c.USD()-want) > 1e-9 {
		t.Errorf("$%v, want $%v", c.USD(), want)
	}
	m.Data(at.Add(2*time.Minute), 1)
	if c := m.Counts(at.Add(2 * time.Minute)); c != (Counts{"2026-12", 1, 1, 0, 0}) {
		t.Errorf("the new month begins with %+v", c)
	}
	m = NewMeter()
	m.Resume(at, &eventv1.WatchCost{Month: "2026-10", MetricsRequested: 1000})
	if c := m.Counts(at); c.MetricsRequested != 0 {
		t.Errorf("the month before counts: %+v", c)
	}
	if rest, month := Rest(at); rest != time.Minute || month != 30*24*time.Hour {
		t.Errorf("%s of %s are left", rest, month)
	}
}
