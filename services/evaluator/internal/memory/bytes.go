package memory

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// ErrCorrupt: bytes that no memory has written.
var ErrCorrupt = errors.New("memory is not readable")

const maxBuckets = buckets + 8

// Append writes the past behind b, for a snapshot.
func (p *Past) Append(b []byte) []byte {
	b = binary.AppendVarint(b, p.span)
	b = binary.AppendUvarint(b, uint64(len(p.points)))
	before := int64(0)
	for _, x := range p.points {
		b = binary.AppendVarint(b, x.at-before)
		before = x.at
		b = binary.AppendUvarint(b, uint64(x.n))
		b = float(b, x.last)
		if x.n > 1 {
			b = float(float(float(b, x.min), x.max), x.mean)
		}
	}
	return b
}

// ReadPast reads what Append wrote, and returns the rest; or ErrCorrupt.
func ReadPast(b []byte) (Past, []byte, error) {
	r := reading{buf: b}
	span := r.signed()
	if span < 1 || span > math.MaxInt64/int64(time.Millisecond) {
		return Past{}, nil, ErrCorrupt
	}
	p := NewPast(time.Duration(span) * time.Millisecond)
	n := r.num()
	if n > maxBuckets {
		return Past{}, nil, ErrCorrupt
	}
	at := int64(0)
	for range n {
		d := r.signed()
		if r.bad || d > math.MaxInt64/8 || d < 0 || at > math.MaxInt64/4 {
			return Past{}, nil, ErrCorrupt
		}
		key := at / p.every
		at += d
		if len(p.points) > 0 && at/p.every <= key {
			return Past{}, nil, ErrCorrupt
		}
		x := bucket{at: at, n: uint32(min(r.num(), math.MaxUint32)), last: r.float()}
		x.min, x.max, x.mean = x.last, x.last, x.last
		if x.n > 1 {
			x.min, x.max, x.mean = r.float(), r.float(), r.float()
		}
		p.points = append(p.points, x)
	}
	if r.bad {
		return Past{}, nil, ErrCorrupt
	}
	return p, r.buf, nil
}

// Append writes the datapoints behind b, for a snapshot.
func (d *Datapoints) Append(b []byte) []byte {
	b = binary.AppendVarint(binary.AppendVarint(b, d.head), d.at)
	b = binary.AppendUvarint(binary.AppendUvarint(b, d.known), d.held)
	b = binary.AppendVarint(b, d.late)
	flags := byte(0)
	if d.now {
		flags |= 1
	}
	if d.before {
		flags |= 2
	}
	return append(b, flags)
}

// ReadDatapoints reads what Append wrote, and returns the rest; or ErrCorrupt.
func ReadDatapoints(b []byte) (Datapoints, []byte, error) {
	r := reading{buf: b}
	d := Datapoints{head: r.signed(), at: r.signed(), known: r.num(), held: r.num(), late: r.signed()}
	if r.bad || len(r.buf) == 0 || d.late < 0 || d.late > mostLate || d.head < 0 || d.head > math.MaxInt64/4 {
		return Datapoints{}, nil, ErrCorrupt
	}
	d.now, d.before = r.buf[0]&1 != 0, r.buf[0]&2 != 0
	return d, r.buf[1:], nil
}

func float(b []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
}

// reading reads numbers; after the first that is wrong all are 0.
type reading struct {
	buf []byte
	bad bool
}

func (r *reading) num() uint64 {
	v, n := binary.Uvarint(r.buf)
	return take(r, v, n)
}

func (r *reading) signed() int64 {
	v, n := binary.Varint(r.buf)
	return take(r, v, n)
}

func (r *reading) float() float64 {
	if len(r.buf) < 8 {
		r.bad, r.buf = true, nil
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(r.buf))
	r.buf = r.buf[8:]
	return v
}

func take[T int64 | uint64](r *reading, v T, n int) T {
	if n <= 0 {
		r.bad, r.buf = true, nil
		return 0
	}
	r.buf = r.buf[n:]
	return v
}
