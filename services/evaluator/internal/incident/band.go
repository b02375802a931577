package incident

import (
	"encoding/binary"
	"math"
	"time"
)

// expectation is what was expected at a time, and the band around it.
type expectation struct {
	at                     int64 // ms
	expected, lower, upper float64
}

const (
	// bandEvery and bandPoints are how much is kept of what was expected: 6 hours.
	bandEvery  = int64(5 * time.Minute / time.Millisecond)
	bandPoints = 72
)

func (e *expectation) known() bool {
	return !(math.IsNaN(e.lower) || math.IsNaN(e.upper) || math.IsNaN(e.expected) || math.IsInf(e.lower, 0) || math.IsInf(e.upper, 0)) && e.upper >= e.lower
}

// band is what was expected lately, oldest first.
type band []expectation

// add keeps what was expected, if that is known and the last one is old enough.
func (b *band) add(e expectation) {
	if n := len(*b); !e.known() || n > 0 && e.at-(*b)[n-1].at < bandEvery {
		return
	}
	if len(*b) >= bandPoints {
		*b = append((*b)[:0], (*b)[1:]...)
	}
	*b = append(*b, e)
}

// at returns what was expected at a time, by what was last expected; NaN where
// that is not kept.
func (b band) at(t int64, last expectation) expectation {
	nan := math.NaN()
	for k := len(b) - 1; k >= 0; k-- {
		p := b[k]
		if p.at > t {
			continue
		}
		next := last
		if k+1 < len(b) {
			next = b[k+1]
		}
		if next.at <= p.at || next.at-p.at > 12*bandEvery || t > next.at {
			return expectation{t, p.expected, p.lower, p.upper}
		}
		f := float64(t-p.at) / float64(next.at-p.at)
		return expectation{t, p.expected + f*(next.expected-p.expected), p.lower + f*(next.lower-p.lower), p.upper + f*(next.upper-p.upper)}
	}
	return expectation{t, nan, nan, nan}
}

// append writes it behind buf, for a snapshot.
func (b band) append(buf []byte) []byte {
	buf = binary.AppendUvarint(buf, uint64(len(b)))
	for _, e := range b {
		buf = binary.AppendVarint(buf, e.at)
		for _, f := range []float64{e.expected, e.lower, e.upper} {
			buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(f))
		}
	}
	return buf
}

// readBand reads what append wrote.
func readBand(r *parser) band {
	n := r.count(25)
	if n > bandPoints {
		r.fail()
		return nil
	}
	var b band
	for range n {
		b = append(b, expectation{r.time(), r.float(), r.float(), r.float()})
	}
	return b
}
