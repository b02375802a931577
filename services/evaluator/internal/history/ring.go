package history

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
)

const (
	chunkPoints = 40
	headerBytes = 12
	maxBytes    = 16 << 10
	growBytes   = 64
)

// Ring is the recent samples of one series; the zero value is empty.
type Ring struct {
	data []byte
	// t and q are the newest sample as a reader will see it.
	t, q int64
	// step is by how much the next time is expected to be later, in ms.
	step  int64
	start int32 // of the newest chunk in data
	n     uint16
	count uint8 // in the newest chunk
	exp   int8  // of the newest chunk: values are q × 10^exp
}

// Len returns how many samples there are.
func (r *Ring) Len() int { return int(r.n) }

// Size returns how many bytes the samples take.
func (r *Ring) Size() int { return cap(r.data) }

// Last returns the time of the newest sample in ms; 0 if there is none.
func (r *Ring) Last() int64 { return r.t }

// Append adds a sample at t (ms), later than all before, and forgets the
// oldest beyond keep. keep 0 keeps nothing.
func (r *Ring) Append(t int64, v float64, keep int) { r.add(t, v, keep, 4) }

// add appends a sample whose time may be off by the interval >> slack.
func (r *Ring) add(t int64, v float64, keep, slack int) {
	if keep <= 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	if r.n == 0 || r.count >= chunkPoints {
		r.begin(t, v, keep)
		return
	}
	x := unscale(v, r.exp)
	if math.Abs(x) > 1e17 || math.Abs(scale(int64(math.Round(x)), r.exp)-v) > 1e-4*math.Abs(v) {
		r.begin(t, v, keep)
		return
	}
	q := int64(math.Round(x))
	if len(r.data)+24 > cap(r.data) {
		r.grow(24)
	}
	diff := zigzag(q-r.q) << 1
	expected := r.t + r.step
	if off := t - expected; off <= r.step>>slack && -off <= r.step>>slack && r.step > 0 {
		r.data = binary.AppendUvarint(r.data, diff)
		r.t = expected
	} else {
		dt := max(t-r.t, 1)
		r.data = binary.AppendUvarint(r.data, diff|1)
		r.data = binary.AppendUvarint(r.data, zigzag(dt-r.step))
		r.t += dt
		r.step = nextStep(r.step, dt)
	}
	r.q = q
	r.n++
	r.count++
	r.data[int(r.start)+2] = r.count
	binary.LittleEndian.PutUint16(r.data[r.start:], uint16(len(r.data)-int(r.start)))
}

// nextStep learns the interval from one that was not as expected.
func nextStep(step, dt int64) int64 {
	switch {
	case step == 0 || dt < step/4:
		return dt
	case dt > 4*step:
		return step
	}
	return step + (dt-step)/2
}

// begin starts a chunk.
func (r *Ring) begin(t int64, v float64, keep int) {
	for r.n > 0 && int(r.n)+1-int(r.data[2]) >= keep || len(r.data) > maxBytes {
		r.forget()
	}
	if r.n > 0 {
		t = max(t, r.t+1)
	}
	r.exp = exponent(v)
	r.q = int64(math.Round(unscale(v, r.exp)))
	r.t, r.step, r.count = t, 0, 1
	r.start = int32(len(r.data))
	if len(r.data)+headerBytes+10 > cap(r.data) {
		r.grow(headerBytes + 10)
	}
	var h [headerBytes]byte
	h[2], h[3] = 1, byte(r.exp)
	binary.LittleEndian.PutUint64(h[4:], uint64(t))
	r.data = append(r.data, h[:]...)
	r.data = binary.AppendUvarint(r.data, zigzag(r.q))
	binary.LittleEndian.PutUint16(r.data[r.start:], uint16(len(r.data)-int(r.start)))
	r.n++
}

// forget drops the oldest chunk.
func (r *Ring) forget() {
	size := int(binary.LittleEndian.Uint16(r.data))
	r.n -= uint16(r.data[2])
	r.data = r.data[:copy(r.data, r.data[size:])]
	r.start -= int32(size)
}

// grow makes room by little: append would take a quarter more each time.
func (r *Ring) grow(need int) {
	data := make([]byte, len(r.data), (len(r.data)+need+growBytes-1)/growBytes*growBytes)
	copy(data, r.data)
	r.data = data
}

// Insert adds a sample that came late, where it belongs, unless one of that
// time is there already or it is older than all that a full ring keeps.
func (r *Ring) Insert(t int64, v float64, keep int) {
	if r.n == 0 || t > r.t {
		r.Append(t, v, keep)
		return
	}
	if _, there := r.find(t); there {
		return
	}
	points := make([]point, 0, r.n+1)
	at := 0
	r.All(func(pt int64, pv float64) bool {
		if pt < t {
			at = len(points) + 1
		}
		points = append(points, point{pt, pv})
		return true
	})
	if at == 0 && len(points) >= keep {
		return
	}
	points = slices.Insert(points, at, point{t, v})
	*r = Ring{data: r.data[:0]}
	r.write(points, keep)
}

// Set gives the sample at t another value; without one there it is added as
// [Ring.Insert] does.
func (r *Ring) Set(t int64, v float64, keep int) {
	if i, there := r.find(t); there {
		r.rewrite(i, v, keep)
		return
	}
	r.Insert(t, v, keep)
}

// find returns which sample is the one at t; times are kept within a sixteenth
// of the interval.
func (r *Ring) find(t int64) (index int, there bool) {
	step := r.step
	if step == 0 { // the newest chunk has one sample only: the interval before it
		_ = walk(r.data, func(c *cursor) bool {
			step = cmp.Or(c.step, step)
			return true
		})
	}
	n, best := 0, int64(math.MaxInt64)
	_ = walk(r.data, func(c *cursor) bool {
		step = cmp.Or(c.step, step)
		if off := max(c.t-t, t-c.t); off <= step>>4 && off < best {
			index, best = n, off
		}
		n++
		return true
	})
	return index, best < math.MaxInt64
}

// Amend gives the newest sample another value.
func (r *Ring) Amend(v float64, keep int) {
	if r.n > 0 {
		r.rewrite(int(r.n)-1, v, keep)
	}
}

// rewrite gives the i-th sample another value: its chunk and those after it
// are written anew, so that what is older cannot wear off.
func (r *Ring) rewrite(i int, v float64, keep int) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	var points []point
	n, start, first := 0, 0, 0
	_ = walk(r.data, func(c *cursor) bool {
		if c.index == 0 && n <= i {
			points, start, first = points[:0], c.start, n
		}
		points = append(points, point{c.t, scale(c.q, c.exp)})
		n++
		return true
	})
	points[i-first].v = v
	older, err := Restore(r.data[:start])
	if err != nil {
		return // it was walked just now
	}
	*r = older
	r.count = chunkPoints // the chunk begins where it did
	r.write(points, keep)
}

type point struct {
	t int64
	v float64
}

// write appends samples that were in the ring: their times are off already,
// and must not move further each time.
func (r *Ring) write(points []point, keep int) {
	for _, p := range points {
		r.add(p.t, p.v, keep, 63)
	}
}

// exponent returns by which power of ten v is kept to five digits.
func exponent(v float64) int8 {
	if v == 0 {
		return -4
	}
	return int8(max(-120, min(120, math.Floor(math.Log10(math.Abs(v)))-4)))
}

func scale(q int64, exp int8) float64 {
	if exp < 0 {
		return float64(q) / pow10(-exp)
	}
	return float64(q) * pow10(exp)
}

func unscale(v float64, exp int8) float64 {
	if exp < 0 {
		return v * pow10(-exp)
	}
	return v / pow10(exp)
}

func pow10(n int8) float64 { return math.Pow10(int(n)) }

func zigzag(v int64) uint64   { return uint64(v<<1) ^ uint64(v>>63) }
func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }
