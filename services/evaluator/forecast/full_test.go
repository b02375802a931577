package forecast

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestFull(t *testing.T) {
	t.Parallel()
	f := func(name string, days int, want, tolerance float64, level func(h float64) float64) {
		t.Helper()
		d, r := NewFilling(), rand.New(rand.NewPCG(1, 2))
		var now int64
		for i := 0; i <= days*48; i++ {
			now = int64(i) * hour / 2
			d.Observe(now, level(float64(i)/2)+0.1*r.NormFloat64(), true)
		}
		got, ok := d.To(100)
		switch {
		case math.IsInf(want, 1):
			if ok {
				t.Errorf("%s: full in %.1f h, want never", name, got.Hours)
			}
		case !ok || math.Abs(got.Hours-want) > tolerance:
			t.Errorf("%s: full in %.1f h (%v), want %.1f", name, got.Hours, ok, want)
		case got.Confidence < 0.4 || got.Confidence > 1:
			t.Errorf("%s: confidence %.2f", name, got.Confidence)
		}
	}
	never := math.Inf(1)
	f("a straight line", 6, 56, 3, func(h float64) float64 { return 50 + 0.25*h })
	f("flat", 6, never, 0, func(float64) float64 { return 60 })
	f("falling", 6, never, 0, func(h float64) float64 { return 90 - 0.1*h })
	f("full", 6, 0, 0, func(float64) float64 { return 101 })
	f("a rotation every night", 8, 47, 3, func(h float64) float64 {
		return 60 + 2*math.Floor(h/24) + math.Mod(h, 24) // peaks at 83 + 2 each day, 99 now
	})
	f("a clean-up yesterday", 10, 120, 10, func(h float64) float64 {
		v := 40 + 0.25*h
		if h > 220 {
			v -= 30
		}
		return v
	})
	// 8 a weekday; day 0 is a Monday, and after 14 of them the next is too.
	f("on weekdays only", 14, 60, 4, func(h float64) float64 {
		d, rest := math.Floor(h/24), math.Mod(h, 24)
		full := math.Floor(d/7)*5 + min(math.Mod(d, 7), 5)
		if math.Mod(d, 7) < 5 {
			full += rest / 24
		}
		return 0.1 + 8*full
	})
	f("levelling off", 10, never, 0, func(h float64) float64 { return 97 - 50*math.Exp(-h/80) })
}

func TestFillingOfAYoungSeries(t *testing.T) {
	t.Parallel()
	d := NewFilling()
	for i := range int64(40) {
		d.Observe(i*hour, float64(i*2), true)
	}
	if _, ok := d.To(100); ok || !d.Learning() {
		t.Error("an answer after 40 hours")
	}
	for i := range int64(10) {
		d.Observe((40+i)*hour, float64((40+i)*2), true)
	}
	if _, ok := d.To(110); !ok || d.Learning() {
		t.Error("no answer after 50 hours")
	}
	d.Observe(5000*hour, 10, true) // months later nothing of it is true
	if _, ok := d.To(100); ok || !d.Learning() {
		t.Error("an answer from before a long gap")
	}
}

func BenchmarkFull(b *testing.B) {
	d := NewFilling()
	for i := range int64(keep) {
		d.Observe(i*hour, 10+float64(i)/5, true)
	}
	b.ReportAllocs()
	for range b.N {
		d.To(100)
	}
}
