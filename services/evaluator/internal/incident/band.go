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
	bandEvery  = int64(10 * time.Minute / time.Millisecond)
	bandPoints = 36
	// bandGap is the longest time between two of them that is drawn through.
	bandGap = 6 * bandEvery
)

func (e *expectation) known() bool {
	return !(math.IsNaN(e.lower) || math.IsNaN(e.upper) || math.IsNaN(e.expected) || math.IsInf(e.lower, 0) || math.IsInf(e.upper, 0)) && e.upper >= e.lower
}

// band is what was expected lately, oldest first. It is drawn and no more, so that
// less room does: whole seconds and seven digits.
type band []drawn

type drawn struct {
	second                 uint32 // since 1970
	expected, lower, upper float32
}

func (d drawn) at() int64 { return int64(d.second) * 1000 }

func (d drawn) expectation() expectation {
	return expectation{d.at(), float64(d.expected), float64(d.lower), float64(d.upper)}
}

// add keeps what was expected, if that is known and the last one is old enough.
func (b *band) add(e expectation) {
	n := len(*b)
	if !e.known() || n > 0 && e.at-(*b)[n-1].at() < bandEvery {
		return
	}
	if e.at < 0 || e.at/1000 > math.MaxUint32 || max(math.Abs(e.lower), math.Abs(e.upper)) > math.MaxFloat32 {
		return
	}
	if n >= bandPoints {
		copy(*b, (*b)[1:])
		*b = (*b)[:n-1]
	} else if n == cap(*b) {
		*b = append(make(band, 0, min(bandPoints, max(4, 3*n))), *b...)
	}
	*b = append(*b, drawn{uint32(e.at / 1000), float32(e.expected), float32(e.lower), float32(e.upper)})
}

// at returns what was expected at a time, by what was last expected; NaN where
// that is not kept.
func (b band) at(t int64, last expectation) expectation {
	nan := math.NaN()
	for k := len(b) - 1; k >= 0; k-- {
		p := b[k].expectation()
		if p.at > t {
			continue
		}
		next := last
		if k+1 < len(b) {
			next = b[k+1].expectation()
		}
		if next.at <= p.at || next.at-p.at > bandGap || t > next.at {
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
	for _, d := range b {
		e := d.expectation()
		buf = binary.AppendVarint(buf, e.at)
		for _, f := range []float64{e.expected, e.lower, e.upper} {
			buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(f))
		}
	}
	return buf
}

// readBand reads what append wrote; of one from when twice as many were kept, every
// other.
func readBand(r *parser) band {
	n := r.count(25)
	if n > 2*bandPoints {
		r.fail()
		return nil
	}
	var b band
	for range n {
		b.add(expectation{r.time(), r.float(), r.float(), r.float()})
	}
	return b
}
