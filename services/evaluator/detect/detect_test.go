package detect

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const minute = int64(time.Minute / time.Millisecond)

// monday is a Monday at 00:00 in UTC, in milliseconds.
var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC).UnixMilli()

// office is a service's load: a day, a quiet weekend, noise.
func office(r *rand.Rand, t int64) float64 {
	at := time.UnixMilli(t).UTC()
	hour := float64(at.Hour()) + float64(at.Minute())/60
	v := 100 + 60*math.Sin(2*math.Pi*(hour-9)/24)
	if d := at.Weekday(); d == time.Saturday || d == time.Sunday {
		v *= 0.6
	}
	return v + 4*r.NormFloat64()
}

// run observes a value every five minutes for days, and returns the alerts.
func run(d *Detector, days float64, value func(t int64) float64) (alerts []Verdict, at []int64) {
	for t := monday; t < monday+int64(days*dayMillis); t += 5 * minute {
		if v := value(t); !math.IsNaN(v) {
			if got := d.Observe(t, v, true); got.Level > None {
				alerts, at = append(alerts, got), append(at, t)
			}
		}
	}
	return alerts, at
}

// day returns the time in days after monday.
func day(t int64) float64 { return float64(t-monday) / dayMillis }

func TestWhatIsFound(t *testing.T) {
	t.Parallel()
	f := func(name string, from, to float64, change func(v float64, t int64) float64) {
		t.Helper()
		d, r := New(Options{}), rand.New(rand.NewPCG(1, 2))
		_, at := run(d, 23, func(t int64) float64 {
			v := office(r, t)
			if x := day(t); x >= from && x < to {
				v = change(v, t)
			}
			return v
		})
		found := 0
		for _, t := range at {
			if x := day(t); x >= from && x < to+0.1 {
				found++
			}
		}
		if found == 0 || found > 3 {
			t.Errorf("%s: %d alerts in it, all at %v", name, found, days(at))
		}
		if others := len(at) - found; others > 1 {
			t.Errorf("%s: %d other alerts at %v", name, others, days(at))
		}
	}
	f("a spike", 21.4, 21.41, func(v float64, _ int64) float64 { return v + 200 })
	f("a hole", 21.4, 21.41, func(float64, int64) float64 { return 0 })
	f("a level shift", 21.4, 23, func(v float64, _ int64) float64 { return v + 120 })
	f("a day like a weekend's night", 21.3, 21.8, func(v float64, _ int64) float64 { return 45 + v/50 })
}

func days(at []int64) (d []float64) {
	for _, t := range at {
		d = append(d, math.Round(day(t)*100)/100)
	}
	return d
}

// What is harmless has no alert, or nearly none.
func TestWhatIsQuiet(t *testing.T) {
	t.Parallel()
	f := func(name string, most int, value func(r *rand.Rand, t int64) float64) {
		t.Helper()
		all := 0
		for seed := range uint64(4) {
			d, r := New(Options{}), rand.New(rand.NewPCG(seed, 3))
			alerts, _ := run(d, 21, func(t int64) float64 { return value(r, t) })
			all += len(alerts)
		}
		if all > most {
			t.Errorf("%s: %d alerts in 12 weeks, want at most %d", name, all, most)
		}
	}
	// by chance 84 days have 2.8 warnings on average
	f("a day and a week", 6, office)
	f("a flat line", 0, func(*rand.Rand, int64) float64 { return 45 })
	f("noise", 6, func(r *rand.Rand, _ int64) float64 { return 10 + r.NormFloat64() })
	f("a square wave", 0, func(_ *rand.Rand, t int64) float64 {
		if h := floor(t, dayMillis) / hourMillis; h >= 9 && h < 18 {
			return 80
		}
		return 20
	})
	f("a job every night", 1, func(r *rand.Rand, t int64) float64 {
		if floor(t, dayMillis)/minute < 25 {
			return 90 + r.NormFloat64()
		}
		return 5 + r.NormFloat64()
	})
	f("counts in bursts", 6, func(r *rand.Rand, _ int64) float64 {
		if r.IntN(12) == 0 {
			return math.Floor(20 * r.ExpFloat64())
		}
		return float64(r.IntN(4))
	})
	f("mostly zero", 6, func(r *rand.Rand, _ int64) float64 {
		if r.IntN(50) == 0 {
			return float64(1 + r.IntN(5))
		}
		return 0
	})
	f("a counter that grows", 3, func(r *rand.Rand, t int64) float64 { return day(t)*1e6 + 1e3*r.Float64() })
	f("a day without data", 6, func(r *rand.Rand, t int64) float64 {
		if x := day(t); x > 14 && x < 15 {
			return math.NaN()
		}
		return office(r, t)
	})
}

// After a level shift the band follows within a day and a half, and there is no
// second alert.
func TestNewNormal(t *testing.T) {
	t.Parallel()
	d, r := New(Options{}), rand.New(rand.NewPCG(4, 5))
	inside, all := 0, 0
	_, at := run(d, 20, func(t int64) float64 {
		v := office(r, t)
		if day(t) >= 14.2 {
			v += 250
		}
		if x := day(t); x >= 14.2+1.5 {
			_, lower, upper, _ := d.Expect(t)
			all++
			if v >= lower && v <= upper {
				inside++
			}
		}
		return v
	})
	if share := float64(inside) / float64(all); share < 0.9 {
		t.Errorf("%.0f %% inside the band after a day and a half", 100*share)
	}
	if after := slices.DeleteFunc(days(at), func(x float64) bool { return x < 14.2 }); len(after) != 1 || after[0] > 14.3 {
		t.Errorf("alerts at %v, want one at 14.2", after)
	}
}

func TestBandHoldsAllButOneInAHundred(t *testing.T) {
	t.Parallel()
	d, r := New(Options{}), rand.New(rand.NewPCG(6, 7))
	outside, all := 0, 0
	run(d, 35, func(t int64) float64 {
		v := office(r, t)
		if day(t) > 14 {
			_, lower, upper, _ := d.Expect(t)
			all++
			if v < lower || v > upper {
				outside++
			}
		}
		return v
	})
	if share := float64(outside) / float64(all); share > 0.03 || share < 0.001 {
		t.Errorf("%.2f %% outside the band", 100*share)
	}
}

// The day that clocks change is a day as any other, in the zone's own time.
func TestDaylightSaving(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	wrong := func(d *Detector) float64 {
		r, sum, n := rand.New(rand.NewPCG(8, 9)), 0.0, 0.0
		run(d, 29, func(t int64) float64 { // 29 March 2026 is day 27
			at := time.UnixMilli(t).In(zone)
			v := 20 + r.NormFloat64()
			if h := at.Hour(); h >= 8 && h < 18 {
				v += 80
			}
			if day(t) > 27.2 {
				expected, _, _, _ := d.Expect(t)
				sum += math.Abs(v - expected)
				n++
			}
			return v
		})
		return sum / n
	}
	if with, without := wrong(New(Options{Zone: zone})), wrong(New(Options{})); with > 3 || without < with {
		t.Errorf("wrong by %.1f with the zone, by %.1f without", with, without)
	}
}

func TestWhatIsNotLearned(t *testing.T) {
	t.Parallel()
	one, two, r := New(Options{}), New(Options{}), rand.New(rand.NewPCG(10, 11))
	for _, d := range []*Detector{one, two} {
		r = rand.New(rand.NewPCG(10, 11))
		run(d, 10, func(t int64) float64 { return office(r, t) })
	}
	at := one.s.last
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e300} {
		one.Observe(at+minute, v, true)
	}
	one.Observe(at-dayMillis, 1e6, true) // late
	a, _ := one.MarshalBinary()
	b, _ := two.MarshalBinary()
	if string(a) != string(b) {
		t.Error("late and absurd values changed what is known")
	}
	for i := range int64(12) { // an hour of maintenance
		one.Observe(at+i*5*minute, 1e6, false)
	}
	one.s.last, one.s.prev = two.s.last, two.s.prev
	if a, _ = one.MarshalBinary(); string(a) != string(b) {
		t.Error("maintenance changed what is known")
	}
}
