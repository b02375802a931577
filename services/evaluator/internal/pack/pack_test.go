package pack

import (
	"math"
	"testing"
)

type sample struct {
	a float64
	b int64
	c int32
	d [3]float32
	e [4]uint16
}

func (s *sample) pack(p *Pack) {
	p.Float64(&s.a)
	p.Int64(&s.b)
	p.Int32(&s.c)
	p.Floats(s.d[:])
	p.Uint16s(s.e[:])
}

func TestThereAndBack(t *testing.T) {
	t.Parallel()
	in := sample{math.Pi, math.MinInt64, -7, [3]float32{1.5, float32(math.Inf(-1)), 3e-40}, [4]uint16{1, 65535, 3, 4}}
	b := Write(3, in.pack)
	var out sample
	if err := Read(b, 3, out.pack); err != nil || in != out {
		t.Errorf("got %v, %v; want %v", out, err, in)
	}
	for _, wrong := range [][]byte{nil, {3}, b[:len(b)-1], append(b[:len(b):len(b)], 0), append([]byte{4}, b[1:]...)} {
		if err := Read(wrong, 3, out.pack); err == nil {
			t.Errorf("%d bytes were read", len(wrong))
		}
	}
}
