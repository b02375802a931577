package forecast

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

const hour = int64(time.Hour / time.Millisecond)

// office is a series with a day, a week and noise.
func office(r *rand.Rand, i int, noise float64) float64 {
	v := 100 + 40*math.Sin(2*math.Pi*float64(i%24)/24)
	if i/24%7 >= 5 {
		v *= 0.5
	}
	return v + noise*r.NormFloat64()
}

func TestForecastOfDayAndWeek(t *testing.T) {
	t.Parallel()
	f, r := New(Options{}), rand.New(rand.NewPCG(1, 2))
	const known = 6 * week
	for i := range known {
		f.Observe(int64(i)*hour, office(r, i, 3), true)
	}
	wrong, naive, inside := 0.0, 0.0, 0
	clean := rand.New(rand.NewPCG(3, 4))
	for lead := 1; lead <= 48; lead++ {
		got, ok := f.Ahead(lead)
		if !ok {
			t.Fatal("nothing said")
		}
		want := office(clean, known-1+lead, 0)
		wrong += math.Abs(got.Value - want)
		naive += math.Abs(office(clean, known-1+lead-24, 0) - want)
		if want >= got.Lower && want <= got.Upper {
			inside++
		}
	}
	if wrong/48 > 4 {
		t.Errorf("wrong by %.1f on average, a day ago by %.1f", wrong/48, naive/48)
	}
	if inside < 46 {
		t.Errorf("%d of 48 inside the interval", inside)
	}
}

func TestIntervalHoldsNineteenOfTwenty(t *testing.T) {
	t.Parallel()
	f, r := New(Options{}), rand.New(rand.NewPCG(5, 6))
	said := map[int]Forecast{}
	inside, all := 0, 0
	for i := range 12 * week {
		y := office(r, i, 10)
		if s, ok := said[i]; ok {
			all++
			if y >= s.Lower && y <= s.Upper {
				inside++
			}
			delete(said, i)
		}
		f.Observe(int64(i)*hour, y, true)
		if i > 4*week {
			if s, ok := f.Ahead(24); ok {
				said[i+24] = s
			}
		}
	}
	if share := float64(inside) / float64(all); share < 0.92 || share > 0.99 {
		t.Errorf("%.1f %% inside", 100*share)
	}
}

// marshalled is what can be stored.
type marshalled interface {
	Observe(t int64, v float64, learn bool)
	MarshalBinary() ([]byte, error)
	UnmarshalBinary([]byte) error
}

func TestTakingOverChangesNothing(t *testing.T) {
	t.Parallel()
	f := func(name string, most int, fresh func() marshalled, answer func(marshalled) any) {
		t.Helper()
		for seed := range uint64(20) {
			r := rand.New(rand.NewPCG(seed, 7))
			whole, part := fresh(), fresh()
			at := int64(0)
			for i := range 1500 {
				at += hour / 2
				switch r.IntN(200) {
				case 0:
					at += int64(r.IntN(90)) * hour // a gap
				case 1:
					at -= hour // late
				}
				v, learn := office(r, int(at/hour), 5), r.IntN(30) > 0
				if seed%3 == 0 {
					v -= 90 // below zero too
				}
				whole.Observe(at, v, learn)
				part.Observe(at, v, learn)
				if r.IntN(40) > 0 {
					continue
				}
				b, err := part.MarshalBinary()
				if err != nil {
					t.Fatal(err)
				}
				if len(b) > most {
					t.Fatalf("%s: %d bytes, want at most %d", name, len(b), most)
				}
				part = fresh()
				if err := part.UnmarshalBinary(b); err != nil {
					t.Fatal(err)
				}
				if a, b := answer(whole), answer(part); a != b {
					t.Fatalf("%s, seed %d, row %d: %v, taken over %v", name, seed, i, a, b)
				}
			}
		}
	}
	f("forecaster", 3072, func() marshalled { return New(Options{}) }, func(m marshalled) any {
		a, _ := m.(*Forecaster).Ahead(7)
		return a
	})
	f("filling", 1400, func() marshalled { return NewFilling() }, func(m marshalled) any {
		a, _ := m.(*Filling).To(150)
		return a
	})
}

func TestWhatCannotBeLearned(t *testing.T) {
	t.Parallel()
	f := New(Options{})
	if _, ok := f.Ahead(1); ok {
		t.Error("a forecast of nothing")
	}
	for i, v := range []float64{1, math.NaN(), math.Inf(1), 1e300, -1e300} {
		f.Observe(int64(i)*hour, v, true)
	}
	f.Observe(0, 50, true)            // late: its step is over only when another began
	f.Observe(9*hour, 70, false)      // not to be learned
	f.Observe(math.MinInt64, 1, true) // absurd
	f.Observe(math.MaxInt64, 1, true)
	if got, ok := f.Ahead(1); !ok || got.Value < 1 || got.Value > 50 {
		t.Errorf("forecast %v", got)
	}
}

func TestGapsAreCheap(t *testing.T) {
	t.Parallel()
	f, r := New(Options{}), rand.New(rand.NewPCG(8, 9))
	for i := range 4 * week {
		f.Observe(int64(i)*hour, office(r, i, 1), true)
	}
	const later = 52 * week // a year of nothing
	for i := later; i < later+3; i++ {
		f.Observe(int64(i)*hour, office(r, i, 1), true)
	}
	got, _ := f.Ahead(5)
	if want := office(r, later+2+5, 0); math.Abs(got.Value-want) > 15 {
		t.Errorf("after a gap %.0f, want %.0f", got.Value, want)
	}
}

func TestObserveAllocatesNothing(t *testing.T) {
	f, d, i := New(Options{}), NewFilling(), int64(0)
	if n := testing.AllocsPerRun(1000, func() {
		i++
		f.Observe(i*hour/2, float64(i%48), true)
		d.Observe(i*hour/2, float64(i%48), true)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzUnmarshal(f *testing.F) {
	b, _ := New(Options{}).MarshalBinary()
	c, _ := NewFilling().MarshalBinary()
	f.Add(b)
	f.Add(c)
	f.Fuzz(func(t *testing.T, b []byte) {
		one, two := New(Options{}), NewFilling()
		if one.UnmarshalBinary(b) == nil {
			one.Observe(1e12, 5, true)
			one.Path(30)
		}
		if two.UnmarshalBinary(b) == nil {
			two.Observe(1e12, 5, true)
			two.To(10)
		}
	})
}
