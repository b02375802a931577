package detect

import (
	"math/rand/v2"
	"testing"
)

// A restart at any point changes no output, bit for bit.
func TestTakingOverChangesNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		whole, part := New(Options{}), New(Options{})
		at := monday
		for i := range 6000 {
			at += 5 * minute
			switch r.IntN(400) {
			case 0:
				at += int64(r.IntN(3000)) * minute
			case 1:
				at -= 20 * minute
			}
			v, learn := office(r, at), r.IntN(50) > 0
			switch seed % 4 {
			case 1:
				v = float64(int(v) / 40)
			case 2:
				v *= 1e9
			case 3:
				if r.IntN(300) == 0 {
					v *= 50
				}
			}
			a, b := whole.Observe(at, v, learn), part.Observe(at, v, learn)
			if a != b {
				t.Fatalf("seed %d, row %d: %+v, taken over %+v", seed, i, a, b)
			}
			if r.IntN(100) == 0 {
				state, err := part.MarshalBinary()
				if err != nil {
					t.Fatal(err)
				}
				if len(state) > 4096 {
					t.Fatalf("%d bytes", len(state))
				}
				part = New(Options{})
				if err := part.UnmarshalBinary(state); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

func TestObserveAllocatesNothing(t *testing.T) {
	d, i := New(Options{}), int64(0)
	if n := testing.AllocsPerRun(2000, func() {
		i++
		d.Observe(i*5*minute, float64(i%288), true)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzUnmarshal(f *testing.F) {
	b, _ := New(Options{}).MarshalBinary()
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		d := New(Options{})
		if d.UnmarshalBinary(b) == nil {
			for i := range int64(60) {
				d.Observe(i*5*minute, float64(i), true)
			}
			d.Expect(1e12)
		}
	})
}
