package given

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const minute = int64(time.Minute / time.Millisecond)

// fleet makes a day-shaped load, another that has nothing to do with it, and a
// CPU of 5 + load/10 with noise of deviation one.
func fleet(r *rand.Rand, i int64) (load, other, cpu float64) {
	load = 300 + 200*math.Sin(2*math.Pi*float64(i)/1440) + 10*r.NormFloat64()
	other = 50 + 5*r.NormFloat64()
	return load, other, 5 + load/10 + r.NormFloat64()
}

func learned(t *testing.T, r *rand.Rand, days int64) (m *Model, i int64) {
	t.Helper()
	m = New(2)
	out, judged := 0, 0
	for i = 1; i <= days*1440; i++ {
		load, other, cpu := fleet(r, i)
		v := m.Observe(i*minute, cpu, []float64{load, other}, true)
		if learning := i <= 360+1 || i <= warm; learning != v.Learning && i != 361 {
			t.Fatalf("minute %d: learning %v", i, v.Learning)
		}
		if !v.Learning {
			judged++
			if cpu < v.Lower || cpu > v.Upper {
				out++
			}
		}
	}
	if share := float64(out) / float64(judged); share > 0.02 {
		t.Errorf("%.1f %% of usual samples are outside the band, want about 1", 100*share)
	}
	return m, i
}

func TestWhatTheOthersExplainIsExpected(t *testing.T) {
	m, i := learned(t, rand.New(rand.NewPCG(1, 2)), 4)
	at := i * minute
	for name, c := range map[string]struct {
		load, cpu, expected float64
		within              bool
	}{
		"as always":                      {300, 35, 35, true},
		"much load, much CPU":            {480, 53, 53, true},
		"little load, much CPU":          {150, 53, 20, false},
		"much load, little CPU":          {480, 20, 53, false},
		"more load than ever, as a line": {700, 75, 75, true},
		"more load than ever, bent":      {700, 85, 75, true}, // half of what is extrapolated is uncertain
		"more load than ever, no CPU":    {700, 40, 75, false},
	} {
		v := m.Observe(at, c.cpu, []float64{c.load, 50}, false)
		if got := c.cpu >= v.Lower && c.cpu <= v.Upper; got != c.within || math.Abs(v.Expected-c.expected) > 1.5 {
			t.Errorf("%s: %.1f in %.1f to %.1f: %v, want %v; expected %.1f, want %.1f", name, c.cpu, v.Lower, v.Upper, got, c.within, v.Expected, c.expected)
		}
		if width := v.Upper - v.Lower; c.load <= 480 && (width < 4 || width > 8) {
			t.Errorf("%s: the band is %.1f wide, noise of deviation 1 makes it 5.2", name, width)
		}
	}
}

func TestAnIncidentIsNotLearnedButANewNormalIs(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	m, i := learned(t, r, 4)
	var back int64
	for k := range int64(2 * 1440) {
		load, other, cpu := fleet(r, i+k)
		v := m.Observe((i+k)*minute, cpu+15, []float64{load, other}, true)
		if k == 12*60 && math.Abs(v.Expected-cpu) > 5 {
			t.Errorf("after half a day of an incident it expects %.1f in place of %.1f", v.Expected, cpu)
		}
		if cpu+15 <= v.Upper && cpu+15 >= v.Lower && back == 0 && k > 60 {
			back = k
		}
	}
	if back < 1430 || back > 1500 {
		t.Errorf("it is the new normal after %d minutes, want a day", back)
	}
}

func TestOthersThatAreOneOrStandStill(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	m := New(3)
	for i := int64(1); i < 3*1440; i++ {
		load, _, cpu := fleet(r, i)
		if v := m.Observe(i*minute, cpu, []float64{load, load, 7}, true); !v.Learning && math.Abs(v.Expected-cpu) > 8 {
			t.Fatalf("minute %d: expected %.1f, is %.1f", i, v.Expected, cpu)
		}
	}
}

func TestWhatIsNoValueChangesNothing(t *testing.T) {
	m, i := learned(t, rand.New(rand.NewPCG(7, 8)), 1)
	before := *m
	for _, x := range [][]float64{{math.NaN(), 1}, {1, math.Inf(1)}, {1}, {1, 2, 3}, {1e300, 1}} {
		if v := m.Observe(i*minute, 5, x, true); !v.Learning {
			t.Errorf("%v was judged", x)
		}
	}
	m.Observe(i*minute, math.NaN(), []float64{1, 2}, true)
	m.Observe((i-1)*minute, 5, []float64{1, 2}, true) // late
	if *m != before {
		t.Error("something was learned")
	}
}

// A model that is stored and read at any point says what the one that was not
// says.
func TestStateIsWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(0, Most).Draw(t, "k")
		a, at := New(k), int64(0)
		for range rapid.IntRange(1, 400).Draw(t, "samples") {
			at += rapid.Int64Range(1, 3_600_000).Draw(t, "gap")
			x := make([]float64, k)
			for i := range x {
				x[i] = rapid.Float64Range(-1e6, 1e6).Draw(t, "x")
			}
			y := rapid.Float64Range(-1e9, 1e9).Draw(t, "y")
			data, err := a.MarshalBinary()
			if err != nil {
				t.Fatal(err)
			}
			b := New(0)
			if err := b.UnmarshalBinary(data); err != nil {
				t.Fatal(err)
			}
			va, vb := a.Observe(at, y, x, true), b.Observe(at, y, x, true)
			if va != vb && !(va.Learning && vb.Learning) || *a != *b {
				t.Fatalf("%+v and %+v, then %+v and %+v", va, vb, a, b)
			}
		}
	})
}

func FuzzUnmarshal(f *testing.F) {
	m := New(2)
	m.Observe(1, 2, []float64{3, 4}, true)
	data, _ := m.MarshalBinary()
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		m := New(1)
		if m.UnmarshalBinary(data) == nil {
			m.Observe(1<<50, 1, make([]float64, m.Others()), true)
		}
	})
}

func BenchmarkObserve(b *testing.B) {
	for _, k := range []int{1, 3, Most} {
		b.Run(string(rune('0'+k)), func(b *testing.B) {
			m, x := New(k), make([]float64, k)
			r := rand.New(rand.NewPCG(1, 2))
			b.ReportAllocs()
			for i := range b.N {
				for j := range x {
					x[j] = r.Float64()
				}
				m.Observe(int64(i+1)*minute, x[0], x, true)
			}
			data, _ := m.MarshalBinary()
			b.ReportMetric(float64(len(data)), "B/state")
		})
	}
}
