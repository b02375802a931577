package given

import (
	"encoding/binary"
	"errors"
	"math"
)

const version = 1

var errState = errors.New("not what a model of given values wrote")

// fields calls f with everything but k, in a fixed order.
func (m *Model) fields(f func(*float64), t func(*int64)) {
	t(&m.first)
	t(&m.last)
	t(&m.since)
	for _, v := range []*float64{&m.n, &m.my, &m.off, &m.side, &m.sides} {
		f(v)
	}
	for i := range m.k {
		for _, v := range []*float64{&m.mx[i], &m.lo[i], &m.hi[i], &m.cxy[i]} {
			f(v)
		}
		for j := range i + 1 {
			f(&m.cxx[i][j])
		}
	}
}

// MarshalBinary implements encoding.BinaryMarshaler. It has no error.
func (m *Model) MarshalBinary() ([]byte, error) {
	buf := []byte{version, byte(m.k)}
	m.fields(func(v *float64) { buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(*v)) },
		func(t *int64) { buf = binary.AppendVarint(buf, *t) })
	return buf, nil
}

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (m *Model) UnmarshalBinary(buf []byte) error {
	if len(buf) < 2 || buf[0] != version || buf[1] > Most {
		return errState
	}
	read := Model{k: int(buf[1])}
	buf = buf[2:]
	bad := false
	read.fields(func(v *float64) {
		if len(buf) < 8 {
			bad = true
			return
		}
		*v, buf = math.Float64frombits(binary.LittleEndian.Uint64(buf)), buf[8:]
		bad = bad || math.IsNaN(*v) || math.IsInf(*v, 0)
	}, func(t *int64) {
		n := 0
		if *t, n = binary.Varint(buf); n <= 0 {
			bad = true
			return
		}
		buf = buf[n:]
	})
	if bad || len(buf) > 0 {
		return errState
	}
	*m = read
	return nil
}
