package series

import (
	"math"
	"testing"
	"time"
)

var start = time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)

// at returns points a second apart.
func at(values ...float64) []Point {
	points := make([]Point, len(values))
	for i, v := range values {
		points[i] = Point{start.Add(time.Duration(i) * time.Second), v}
	}
	return points
}

func same(a, b []Point) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].At.Equal(b[i].At) || (a[i].Value != b[i].Value && (a[i].Valid() || b[i].Valid())) {
			return false
		}
	}
	return true
}

func TestClean(t *testing.T) {
	t.Parallel()
	f := func(in, want []Point) {
		t.Helper()
		if got := Clean(in); !same(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	nan := math.NaN()
	f(nil, nil)
	f(at(1, 2, 3), at(1, 2, 3))
	f(at(1, math.Inf(1), math.Inf(-1), nan), at(1, nan, nan, nan))
	f(at(math.MaxFloat64, -math.MaxFloat64), at(Limit, -Limit))
	p := at(1, 2, 3)
	f([]Point{p[2], p[0], p[1]}, p)
	f([]Point{p[0], p[1], {p[0].At, 7}, p[2]}, at(7, 2, 3))
}

func TestRuns(t *testing.T) {
	t.Parallel()
	f := func(in []Point, want ...[]Point) {
		t.Helper()
		got := Runs(in, MaxGap(in))
		if len(got) != len(want) {
			t.Fatalf("got %d runs %v, want %d", len(got), got, len(want))
		}
		for i := range got {
			if !same(got[i], want[i]) {
				t.Errorf("run %d: got %v, want %v", i, got[i], want[i])
			}
		}
	}
	p := at(1, 2, 3, 4, 5, 6, 7, 8, 9)
	f(nil)
	f(p, p)
	f(p[:1], p[:1])
	f(append(at(1, 2), p[5:]...), p[:2], p[5:])
	f(at(math.NaN(), 2, math.NaN(), math.NaN(), 5, math.NaN()), p[1:2], p[4:5])
}

func TestThin(t *testing.T) {
	t.Parallel()
	run := make([]Point, 100_000)
	for i := range run {
		run[i] = Point{start.Add(time.Duration(i) * time.Millisecond), math.Sin(float64(i) / 1000)}
	}
	run[54_321].Value, run[67_890].Value = 99, -99
	got := Thin(run, start, start.Add(100*time.Second), 500)
	if len(got) > 2000 || len(got) < 500 {
		t.Errorf("%d points of 100,000 for 500 columns", len(got))
	}
	if !same(got[:1], run[:1]) || !same(got[len(got)-1:], run[len(run)-1:]) {
		t.Error("the ends are not kept")
	}
	if lo, hi, _ := Bounds(got); lo != -99 || hi != 99 {
		t.Errorf("the extremes are %g and %g, want -99 and 99", lo, hi)
	}
	for i := 1; i < len(got); i++ {
		if !got[i].At.After(got[i-1].At) {
			t.Fatalf("point %d is not later than the one before", i)
		}
	}
	if few := at(1, 2, 3); !same(Thin(few, start, start.Add(time.Minute), 100), few) {
		t.Error("few points are changed")
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	p := at(3, math.NaN(), 1, 2, math.NaN())
	if got := Median(p); got != 2 {
		t.Errorf("median %g, want 2", got)
	}
	if got := Median(nil); !math.IsNaN(got) {
		t.Errorf("median of nothing %g, want NaN", got)
	}
	if last, ok := Last(p); !ok || last.Value != 2 {
		t.Errorf("last %v, want 2", last)
	}
	if w, _ := Worst(p, true); w.Value != 1 {
		t.Errorf("worst below %v, want 1", w)
	}
	if w, _ := Worst(p, false); w.Value != 3 {
		t.Errorf("worst above %v, want 3", w)
	}
	if got := Between(p, start, start.Add(3*time.Second)); !same(got, []Point{p[0], p[2]}) {
		t.Errorf("between %v, want the first and third", got)
	}
	if _, _, ok := Bounds(at(math.NaN())); ok {
		t.Error("bounds of nothing")
	}
}
