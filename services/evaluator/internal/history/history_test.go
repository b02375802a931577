package history

import (
	"math"
	"math/rand/v2"
	"testing"
)

type series struct {
	name  string
	value func(r *rand.Rand, i int) float64
}

var shapes = []series{
	{"percent, two digits", func(r *rand.Rand, i int) float64 {
		return math.Round((60+20*math.Sin(float64(i)/30)+r.NormFloat64())*100) / 100
	}},
	{"noise, all digits", func(r *rand.Rand, _ int) float64 { return 100 + 10*r.NormFloat64() }},
	{"bytes", func(r *rand.Rand, _ int) float64 { return math.Round(4e9 + 1e8*r.NormFloat64()) }},
	{"constant", func(*rand.Rand, int) float64 { return 1 }},
	{"mostly zero", func(r *rand.Rand, _ int) float64 { return float64(r.IntN(10) / 9 * r.IntN(1000)) }},
	{"wild", func(r *rand.Rand, _ int) float64 { return math.Pow(10, 12*r.Float64()-6) }},
}

func fill(r *rand.Rand, s series, n, keep int) (*Ring, []int64, []float64) {
	ring := &Ring{}
	var ts []int64
	var vs []float64
	t := int64(1_795_305_600_000)
	for i := range n {
		t += 10_000
		ts, vs = append(ts, t+r.Int64N(50)), append(vs, s.value(r, i))
		ring.Append(ts[i], vs[i], keep)
	}
	return ring, ts, vs
}

func TestKeepsWhatAChartShows(t *testing.T) {
	t.Parallel()
	for _, s := range shapes {
		r := rand.New(rand.NewPCG(3, 4))
		ring, ts, vs := fill(r, s, 1000, 360)
		if ring.Len() < 360 || ring.Len() > 400 {
			t.Errorf("%s: %d samples kept", s.name, ring.Len())
		}
		i := 1000 - ring.Len()
		ring.All(func(at int64, v float64) bool {
			if d := at - ts[i]; d > 700 || d < -700 {
				t.Errorf("%s: time %d ms off", s.name, d)
			}
			if math.Abs(v-vs[i]) > 1.1e-4*math.Abs(vs[i]) {
				t.Errorf("%s: %v became %v", s.name, vs[i], v)
			}
			i++
			return true
		})
		if i != 1000 {
			t.Errorf("%s: walked to %d", s.name, i)
		}
		t.Logf("%-20s %.2f bytes a sample, %d in all", s.name, float64(ring.Size())/float64(ring.Len()), ring.Size())
	}
}

func TestRestoredGoesOnTheSame(t *testing.T) {
	t.Parallel()
	for _, s := range shapes {
		for n := range 130 {
			r := rand.New(rand.NewPCG(5, uint64(n)))
			a, ts, _ := fill(r, s, n, 60)
			b, err := Restore(a.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			for i := range 50 {
				at, v := int64(1_795_305_700_000+10_000*(n+i)), s.value(r, i)
				if len(ts) > 0 {
					at = ts[len(ts)-1] + int64(10_000*(i+1))
				}
				a.Append(at, v, 60)
				b.Append(at, v, 60)
			}
			if string(a.Bytes()) != string(b.Bytes()) || a.Len() != b.Len() || a.t != b.t || a.step != b.step {
				t.Fatalf("%s: differs after %d", s.name, n)
			}
		}
	}
}

func TestInsert(t *testing.T) {
	t.Parallel()
	var r Ring
	for _, at := range []int64{1000, 2000, 4000, 5000} {
		r.Append(at, float64(at), 360)
	}
	r.Insert(3000, 3000, 360)
	r.Insert(3000, 99, 360) // there already
	r.Insert(500, 500, 360)
	r.Insert(6000, 6000, 360)
	var got []int64
	r.All(func(at int64, v float64) bool {
		if math.Abs(v-float64(at)) > 70 {
			t.Errorf("at %d: %v", at, v)
		}
		got = append(got, at)
		return true
	})
	if len(got) != 7 {
		t.Errorf("got %v", got)
	}
	if m, ok := r.Before(5500, 3); !ok || m != 4000 {
		t.Errorf("median before: %v, %v", m, ok)
	}
}

// Values change in place: what is older stays as it is to the byte, times
// stay, and a restored ring does the same.
func TestSet(t *testing.T) {
	t.Parallel()
	for _, s := range shapes {
		r := rand.New(rand.NewPCG(8, 9))
		ring, ts, vs := fill(r, s, 500, 360)
		first := 500 - ring.Len()
		for range 500 {
			i := first + r.IntN(500-first)
			if r.IntN(3) == 0 {
				i = 499
			}
			vs[i] = s.value(r, i)
			restored, err := Restore(ring.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range []*Ring{ring, &restored} {
				if i == 499 {
					x.Amend(vs[i], 360)
				} else {
					x.Set(ts[i], vs[i], 360)
				}
			}
			if string(restored.Bytes()) != string(ring.Bytes()) {
				t.Fatalf("%s: the restored one differs", s.name)
			}
			first = max(first, 500-ring.Len())
		}
		if ring.Len() < 360-chunkPoints {
			t.Errorf("%s: %d samples are left", s.name, ring.Len())
		}
		k := first
		ring.All(func(at int64, v float64) bool {
			if d := at - ts[k]; d > 700 || d < -700 || math.Abs(v-vs[k]) > 1.1e-4*math.Abs(vs[k]) {
				t.Errorf("%s, sample %d: %v, %d ms off; want %v", s.name, k, v, d, vs[k])
			}
			k++
			return true
		})
		if k != 500 {
			t.Errorf("%s: walked to %d", s.name, k)
		}
	}
	var r Ring
	r.Amend(1, 360)
	r.Set(1000, 1, 360)
	r.Set(1000, math.NaN(), 360)
	r.Set(3000, 3, 360)
	r.Set(2000, 2, 360)
	var got []float64
	r.All(func(_ int64, v float64) bool { got = append(got, v); return true })
	if len(got) != 3 || got[0] != 1 || got[1] != 2 || got[2] != 3 {
		t.Errorf("got %v", got)
	}
}

func FuzzRestore(f *testing.F) {
	for _, s := range shapes {
		ring, _, _ := fill(rand.New(rand.NewPCG(1, 1)), s, 100, 60)
		f.Add(ring.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Restore(data)
		if err != nil {
			return
		}
		n := 0
		r.All(func(int64, float64) bool { n++; return true })
		if n != r.Len() {
			t.Fatalf("%d walked, %d counted", n, r.Len())
		}
		r.Append(r.Last()+1000, 5, 60)
		r.Insert(r.Last()-10, 7, 60)
		r.Set(r.Last()-10, 8, 60)
		r.Amend(9, 60)
		if _, err := Restore(r.Bytes()); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	r := rand.New(rand.NewPCG(3, 4))
	values := make([]float64, 1024)
	for i := range values {
		values[i] = 60 + r.NormFloat64()
	}
	var ring Ring
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		ring.Append(int64(i+1)*1000, values[i&1023], 360)
	}
}
