package score

import (
	"math"
	"testing"

	"github.com/parley-ops/parley/services/evaluator/forecast"
)

// series of n rows every five minutes.
func series(n int, windows ...[2]int) *Series {
	millis := make([]int64, n)
	for i := range millis {
		millis[i] = int64(i) * 300_000
	}
	return NewSeries("group/name.csv", millis, make([]float64, n), windows)
}

func scores(n int, at map[int]float64) [][]float64 {
	v := make([]float64, n)
	for i, s := range at {
		v[i] = s
	}
	return [][]float64{v}
}

func TestNAB(t *testing.T) {
	t.Parallel()
	all := []*Series{series(1000, [2]int{500, 599})}
	f := func(name string, p Profile, at map[int]float64, want float64) {
		t.Helper()
		if got, _ := p.Best(all, scores(1000, at)); math.Abs(got-want) > 0.005 {
			t.Errorf("%s: %.3f, want %.3f", name, got, want)
		}
	}
	f("nothing", Standard, nil, 0)
	f("perfect", Standard, map[int]float64{500: 1}, 100)
	f("the middle of a window", Standard, map[int]float64{550: 1}, 50*(1+position(-0.5)/position(-1)))
	f("only the best of a window", Standard, map[int]float64{520: 1, 540: 1, 560: 1}, 50*(1+position(-0.8)/position(-1)))
	f("a false alarm before any window", Standard, map[int]float64{500: 1, 300: 1}, 100-50*0.11)
	f("the same, low FP", RewardLowFalse, map[int]float64{500: 1, 300: 1}, 100-50*0.22)
	f("just after a window", Standard, map[int]float64{500: 1, 600: 1}, 100+50*0.11*position(1.0/99))
	f("long after a window", Standard, map[int]float64{500: 1, 950: 1}, 100-50*0.11)
	f("a threshold leaves it out", Standard, map[int]float64{500: 1, 300: 0.5}, 100)
	f("false alarms alone", Standard, map[int]float64{300: 1}, 0)
	f("warm-up is not scored", Standard, map[int]float64{10: 1, 149: 1, 500: 0.5}, 100)
	f("missed counts double, low FN", RewardLowMissing, map[int]float64{500: 1}, 100)
}

// One that says 1 everywhere hits every window at its left edge, or at the first
// scored row, and pays for every other row.
func TestOneEverywhere(t *testing.T) {
	t.Parallel()
	s := series(400, [2]int{30, 89}, [2]int{200, 259}) // scored from row 60 on
	want := position(-30.0/60)/position(-1) + 1
	for i := 90; i < 400; i++ {
		switch {
		case i < 200:
			want += 0.01 * position(float64(i-89)/59)
		case i > 259:
			want += 0.01 * position(float64(i-259)/59)
		}
	}
	v := make([]float64, 400)
	for i := range v {
		v[i] = 1
	}
	got, threshold := Profile{1, 0.01, 1}.Best([]*Series{s}, [][]float64{v})
	if want = 100 * (want + 2) / 4; math.Abs(got-want) > 1e-9 || threshold != 1 {
		t.Errorf("%.4f at %v, want %.4f", got, threshold, want)
	}
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	all := []*Series{series(4032, [2]int{2000, 2100}, [2]int{3000, 3100})}
	at := map[int]float64{1000: 0.9, 1012: 0.9, 1030: 0.9, 1995: 0.9, 2005: 0.9, 3050: 0.5}
	a := At(all, scores(4032, at), 0.9)
	// 1012 is an hour after 1000: the same alert. 1995 is false though it lasts
	// into the window, which is found.
	if a.Found != 1 || a.False != 3 || a.Windows != 2 || math.Abs(a.Weeks-(4031-604)*5/60.0/24/7) > 1e-9 {
		t.Errorf("%+v", a)
	}
	if a := At(all, scores(4032, at), 0.5); a.Found != 2 || a.Recall() != 1 {
		t.Errorf("%+v", a)
	}
	if a := Within(all, scores(4032, map[int]float64{2050: 0.9, 1000: 0.8, 3050: 0.7}), 0.1); a.Found != 1 || a.False != 0 {
		t.Errorf("%+v", a)
	}
	if a := Within(all, scores(4032, map[int]float64{2050: 0.9, 1000: 0.8, 3050: 0.7}), 1); a.Found != 2 || a.False != 1 {
		t.Errorf("%+v", a)
	}
}

func TestHourly(t *testing.T) {
	t.Parallel()
	s := M4{Train: make([]float64, 100), Test: []float64{10, 20}}
	for i := range s.Train {
		s.Train[i] = float64(i) // a day's difference is 24
	}
	got := Hourly([]M4{s}, func([]float64, int) []forecast.Forecast {
		return []forecast.Forecast{{Value: 10, Lower: 4, Upper: 16}, {Value: 30, Lower: 26, Upper: 34}}
	})
	want := Forecasts{SMAPE: 200 * 10.0 / 50 / 2, MASE: 10.0 / 24 / 2, MSIS: (12 + 8 + 40*6) / 24.0 / 2, Coverage: 0.5}
	if math.Abs(got.SMAPE-want.SMAPE)+math.Abs(got.MASE-want.MASE)+math.Abs(got.MSIS-want.MSIS)+math.Abs(got.Coverage-want.Coverage) > 1e-9 {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := (Forecasts{SMAPE: 18.383, MASE: 2.395}).OWA(); got != 1 {
		t.Errorf("Naive2 is %v", got)
	}
}

func TestFulls(t *testing.T) {
	t.Parallel()
	never := math.Inf(1)
	got := Full([]Moment{
		{Said: 20, Real: 20},    // right
		{Said: 26, Real: 23},    // within 1.125 of 24: right
		{Said: 30, Real: 23},    // too late
		{Said: 20, Real: 29},    // between 24 and 30: left out
		{Said: 20, Real: never}, // a false alarm
		{Said: never, Real: never},
	})
	if want := 2 * 2.0 / (2*2 + 2); math.Abs(got.F1[0]-want) > 1e-9 {
		t.Errorf("F1 %.3f, want %.3f", got.F1[0], want)
	}
	if want := math.Log2(30.0 / 23); math.Abs(got.Error-want) > 1e-9 || got.Near != 0.5 {
		t.Errorf("%+v, want %.3f", got, want)
	}
}
