package world

import (
	"testing"
	"time"
)

// monday is the day that most tests begin: Monday, 16 November 2026.
var monday = time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)

var home = Key{Home, "eu-west-1"}

func newWorld(t testing.TB, now time.Time) *World {
	t.Helper()
	w, err := New(Options{Seed: 1, Start: now})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.SetClock(Clock{Now: now, Speed: 1, Frozen: true}); err != nil {
		t.Fatal(err)
	}
	return w
}

func cpu(id string) Metric {
	return NewMetric("AWS/EC2", "CPUUtilization", Dimension{"InstanceId", id})
}

func TestPointsAreAFunctionOfTheSeed(t *testing.T) {
	t.Parallel()
	now := monday.Add(12 * time.Hour)
	a, b := newWorld(t, now), newWorld(t, now)
	other, err := New(Options{Seed: 2, Start: now})
	if err != nil {
		t.Fatal(err)
	}
	differs := 0
	for _, k := range a.Places() {
		for _, m := range a.Metrics(k) {
			from, to := now.Add(-3*time.Hour), now
			if m.Period > time.Hour {
				from = now.Add(-72 * time.Hour)
			}
			got, again := a.Points(k, m.Metric, from, to, m.Period), b.Points(k, m.Metric, from, to, m.Period)
			if len(got) != len(again) {
				t.Fatalf("%v: %d buckets, then %d", m, len(got), len(again))
			}
			for i := range got {
				if got[i] != again[i] {
					t.Fatalf("%v: %v, then %v", m, got[i], again[i])
				}
				if v := got[i]; v.Count <= 0 || v.Min > v.Average()+1e-6*v.Average() || v.Max < v.Average()-1e-6*v.Average() {
					t.Fatalf("%v: %+v is no bucket", m, v)
				}
			}
			for i, v := range other.Points(k, m.Metric, from, to, m.Period) {
				if i < len(got) && v != got[i] {
					differs++
				}
			}
		}
	}
	if differs < 1000 {
		t.Errorf("another seed differs in %d points only", differs)
	}
}

func BenchmarkPoints(b *testing.B) {
	w, err := New(Options{Seed: 1, Bare: true})
	if err != nil {
		b.Fatal(err)
	}
	w.Generate(home, 1000)
	metrics := w.Metrics(home)
	if len(metrics) != 10_000 {
		b.Fatal(len(metrics))
	}
	to := w.Now()
	b.ReportAllocs()
	for b.Loop() { // one cycle of a collector: the last five minutes of all of them
		n := 0
		for _, m := range metrics {
			n += len(w.Points(home, m.Metric, to.Add(-5*time.Minute), to, time.Minute))
		}
		if n < 30_000 {
			b.Fatal(n)
		}
	}
}
