package memory

import (
	"math"
	"slices"
	"time"
	"unsafe"
)

// buckets is into how many parts a past is divided.
const buckets = 60

// Past is the last samples of a series as far back as a span, in buckets.
type Past struct {
	span, every int64 // ms
	points      []bucket
}

// bucket is the samples of a sixtieth of the span.
type bucket struct {
	at                   int64 // of the last one, ms
	last, min, max, mean float64
	n                    uint32
}

// NewPast returns a past that reaches back so far.
func NewPast(span time.Duration) Past {
	ms := span.Milliseconds()
	return Past{span: ms, every: max(ms/buckets, 1)}
}

// Span returns how far back it reaches.
func (p *Past) Span() time.Duration { return time.Duration(p.span) * time.Millisecond }

// Size returns how many bytes it takes.
func (p *Past) Size() int { return int(unsafe.Sizeof(*p)) + cap(p.points)*int(unsafe.Sizeof(bucket{})) }

// Add adds a sample; one that is late lands where it belongs.
func (p *Past) Add(at int64, v float64) {
	n := len(p.points)
	if n == 0 || at/p.every > p.points[n-1].at/p.every {
		p.forget(at)
		if len(p.points) == cap(p.points) {
			p.points = slices.Grow(p.points, min(8, buckets))
		}
		p.points = append(p.points, bucket{at: at, last: v, min: v, max: v, mean: v, n: 1})
		return
	}
	k, _ := slices.BinarySearchFunc(p.points, at/p.every, func(b bucket, key int64) int { return int(b.at/p.every - key) })
	if b := &p.points[k]; b.at/p.every == at/p.every {
		b.add(at, v)
		return
	}
	if at > p.points[n-1].at-p.span { // else it is forgotten already
		p.points = slices.Insert(p.points, k, bucket{at: at, last: v, min: v, max: v, mean: v, n: 1})
	}
}

// Set gives the sample at a time another value, as far as it can still be told
// from its neighbours.
func (p *Past) Set(at int64, v float64) {
	for k := range slices.Backward(p.points) {
		if b := &p.points[k]; b.at == at {
			if b.n == 1 {
				b.min, b.max, b.mean = v, v, v
			} else {
				b.min, b.max = min(b.min, v), max(b.max, v)
				b.mean += (v - b.last) / float64(b.n)
			}
			b.last = v
			return
		}
	}
	p.Add(at, v)
}

func (b *bucket) add(at int64, v float64) {
	b.n++
	b.mean += (v - b.mean) / float64(b.n)
	b.min, b.max = min(b.min, v), max(b.max, v)
	if at >= b.at {
		b.at, b.last = at, v
	}
}

// forget drops what a sample at a time makes too old: all but one from before
// the span.
func (p *Past) forget(at int64) {
	k := 0
	for k+1 < len(p.points) && p.points[k+1].at <= at-p.span {
		k++
	}
	if k > 0 || len(p.points) > buckets+4 {
		p.points = append(p.points[:0], p.points[max(k, len(p.points)-buckets-4):]...)
	}
}

// Then is what a series was at some time.
type Then struct {
	// At is the time of the sample, ms; Value the sample, Mean that of its bucket.
	At          int64
	Value, Mean float64
}

// Ago returns what the series was a span before at, by the sample that is
// nearest to that; ok is false if that is off by more than slack.
func (p *Past) Ago(at, slack int64) (t Then, ok bool) {
	target, best := at-p.span, int64(math.MaxInt64)
	for k := range p.points {
		off := p.points[k].at - target
		if off < 0 {
			off = -off
		}
		if off > best {
			break
		}
		b := &p.points[k]
		best, t = off, Then{At: b.at, Value: b.last, Mean: b.mean}
	}
	return t, best <= max(slack, p.every)
}

// Range returns the lowest and the highest value from a span before at to at;
// ok is false if nothing was there.
func (p *Past) Range(at int64) (lo, hi float64, ok bool) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for k := range slices.Backward(p.points) {
		b := &p.points[k]
		if b.at < at-p.span {
			break
		}
		lo, hi = min(lo, b.min), max(hi, b.max)
	}
	return lo, hi, lo <= hi
}

// Changes returns how often the value changed from a span before at to at; several
// times within one bucket count as one.
func (p *Past) Changes(at int64) (n int) {
	for k := range p.points {
		b := &p.points[k]
		switch {
		case b.at < at-p.span:
		case b.min != b.max, k > 0 && p.points[k-1].at >= at-p.span && p.points[k-1].last != b.last:
			n++
		}
	}
	return n
}

// Summary is the samples of a span together.
type Summary struct {
	Min, Max, Mean, Total float64
	Count                 int
	// First is the oldest of them.
	First Then
}

// Summary returns what the samples within the last since ms before at come to;
// Count is 0 if there are none.
func (p *Past) Summary(at, since int64) Summary {
	s := Summary{Min: math.Inf(1), Max: math.Inf(-1)}
	for k := range slices.Backward(p.points) {
		b := &p.points[k]
		if b.at < at-since {
			break
		}
		s.Min, s.Max = min(s.Min, b.min), max(s.Max, b.max)
		s.Count += int(b.n)
		s.Total += b.mean * float64(b.n)
		s.First = Then{At: b.at, Value: b.last, Mean: b.mean}
	}
	if s.Count > 0 {
		s.Mean = s.Total / float64(s.Count)
	}
	return s
}
