package history

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// ErrCorrupt: bytes that no ring has written.
var ErrCorrupt = errors.New("history is not readable")

// All calls yield with every sample, oldest first, until it returns false.
func (r *Ring) All(yield func(t int64, v float64) bool) {
	_ = walk(r.data, func(c *cursor) bool { return yield(c.t, scale(c.q, c.exp)) })
}

// Before returns the median of the last n samples before t; ok is false if
// there are fewer than three.
func (r *Ring) Before(t int64, n int) (median float64, ok bool) {
	values := make([]float64, 0, r.n)
	r.All(func(pt int64, v float64) bool {
		if pt < t {
			values = append(values, v)
		}
		return pt < t
	})
	if len(values) < 3 {
		return 0, false
	}
	values = values[max(0, len(values)-n):]
	slices.Sort(values)
	return values[len(values)/2], true
}

// Bytes returns the ring for a snapshot; not to be changed.
func (r *Ring) Bytes() []byte { return r.data }

// Restore returns the ring of [Ring.Bytes], or ErrCorrupt.
func Restore(data []byte) (Ring, error) {
	r := Ring{}
	if len(data) == 0 {
		return r, nil
	}
	if len(data) > 2*maxBytes {
		return r, ErrCorrupt
	}
	r.data = slices.Clone(data)
	err := walk(r.data, func(c *cursor) bool {
		r.n++
		r.t, r.q, r.step, r.exp, r.start, r.count = c.t, c.q, c.step, c.exp, int32(c.start), uint8(c.index+1)
		return true
	})
	if err != nil {
		return Ring{}, err
	}
	return r, nil
}

// cursor is where a walk is.
type cursor struct {
	t, q, step int64
	start      int
	index      int // in the chunk
	exp        int8
}

func walk(data []byte, visit func(*cursor) bool) error {
	var c cursor
	for c.start = 0; c.start < len(data); {
		rest := data[c.start:]
		if len(rest) < headerBytes+1 {
			return ErrCorrupt
		}
		size, count := int(binary.LittleEndian.Uint16(rest)), int(rest[2])
		if size < headerBytes+1 || size > len(rest) || count == 0 || count > chunkPoints {
			return ErrCorrupt
		}
		c.exp, c.t, c.step = int8(rest[3]), int64(binary.LittleEndian.Uint64(rest[4:])), 0
		if c.exp < -120 || c.exp > 120 || c.t < 0 || c.t > math.MaxInt64/4 {
			return ErrCorrupt
		}
		body := rest[headerBytes:size]
		u, k := binary.Uvarint(body)
		if k <= 0 {
			return ErrCorrupt
		}
		body = body[k:]
		c.q = unzigzag(u)
		for c.index = 0; ; {
			if !visit(&c) {
				return nil
			}
			if c.index++; c.index == count {
				break
			}
			if k = c.next(body); k <= 0 {
				return ErrCorrupt
			}
			body = body[k:]
		}
		if len(body) != 0 {
			return ErrCorrupt
		}
		c.start += size
	}
	return nil
}

// next moves to the next sample of a chunk and returns how many bytes it took;
// 0 if they make no sense.
func (c *cursor) next(body []byte) int {
	u, k := binary.Uvarint(body)
	if k <= 0 {
		return 0
	}
	c.q += unzigzag(u >> 1)
	if u&1 == 0 {
		c.t += c.step
		return k
	}
	d, m := binary.Uvarint(body[k:])
	if m <= 0 {
		return 0
	}
	dt := unzigzag(d) + c.step
	if dt < 1 || dt > math.MaxInt64/8 || c.t+dt > math.MaxInt64/4 {
		return 0
	}
	c.t += dt
	c.step = nextStep(c.step, dt)
	return k + m
}
