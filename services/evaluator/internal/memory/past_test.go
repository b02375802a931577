package memory

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

type sample struct {
	at int64
	v  float64
}

// What a past says is what all the samples say, whatever the order in which they
// came; samples are as far apart as a bucket is long.
func TestPastIsWhatTheSamplesSay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		span := rapid.SampledFrom([]time.Duration{10 * time.Second, time.Minute, 10 * time.Minute, 24 * time.Hour}).Draw(r, "span")
		p := NewPast(span)
		ms := span.Milliseconds()
		at := int64(1_795_305_600_000)
		var all []sample
		for range rapid.IntRange(1, 150).Draw(r, "samples") {
			at += p.every * int64(rapid.IntRange(1, 20).Draw(r, "gap"))
			s := sample{at, float64(rapid.IntRange(-100, 100).Draw(r, "value"))}
			if len(all) > 0 && rapid.IntRange(0, 5).Draw(r, "late") == 0 {
				if l := s.at - p.every*int64(rapid.IntRange(1, 40).Draw(r, "by")); !slices.ContainsFunc(all, func(o sample) bool { return o.at/p.every == l/p.every }) && l > all[len(all)-1].at-ms {
					all = append(all, sample{l, s.v})
					slices.SortFunc(all, func(a, b sample) int { return int(a.at - b.at) })
					p.Add(l, s.v)
				}
				at = max(s.at, all[len(all)-1].at)
				continue
			}
			all = append(all, s)
			p.Add(s.at, s.v)
			if again, rest, err := ReadPast(p.Append(nil)); err != nil || len(rest) > 0 || !bytes.Equal(again.Append(nil), p.Append(nil)) {
				r.Fatalf("read again: %v", err)
			}
			lo, hi, total, n, changes := math.Inf(1), math.Inf(-1), 0.0, 0, 0
			best, then := int64(math.MaxInt64), 0.0
			for k, o := range all {
				if o.at >= s.at-ms {
					if n > 0 && all[k-1].v != o.v {
						changes++
					}
					lo, hi, total, n = min(lo, o.v), max(hi, o.v), total+o.v, n+1
				}
				if off := max(o.at-(s.at-ms), (s.at-ms)-o.at); off <= best {
					best, then = off, o.v
				}
			}
			if gl, gh, ok := p.Range(s.at); !ok || gl != lo || gh != hi {
				r.Fatalf("range %v to %v, want %v to %v", gl, gh, lo, hi)
			}
			if sum := p.Summary(s.at, ms); sum.Count != n || sum.Min != lo || sum.Max != hi || sum.Total != total {
				r.Fatalf("%+v, want %d samples, %g in all", sum, n, total)
			}
			if got := p.Changes(s.at); got != changes {
				r.Fatalf("%d changes, want %d", got, changes)
			}
			if best <= ms/4 {
				if got, ok := p.Ago(s.at, ms/4); !ok || got.Value != then || got.Mean != then {
					r.Fatalf("ago %+v %v, want %v", got, ok, then)
				}
			}
		}
	})
}

// It takes the same room however often a series comes.
func TestPastIsBounded(t *testing.T) {
	t.Parallel()
	p := NewPast(time.Hour)
	for i := range 200_000 {
		p.Add(int64(i)*100, float64(i))
		if i%3 == 0 {
			p.Add(int64(i)*100-1_800_000, 0)
		}
	}
	if len(p.points) > maxBuckets {
		t.Errorf("%d buckets", len(p.points))
	}
	if then, ok := p.Ago(199_999*100, 0); !ok || math.Abs(float64(then.At-(199_999*100-3_600_000))) > 60_000 {
		t.Errorf("%+v %v", then, ok)
	}
}

func TestSetReplaces(t *testing.T) {
	t.Parallel()
	p := NewPast(time.Minute)
	p.Add(1000, 5)
	p.Add(60_000, 9)
	p.Set(1000, 7)
	if then, ok := p.Ago(61_000, 0); !ok || then.Value != 7 {
		t.Errorf("%+v", then)
	}
	if lo, hi, _ := p.Range(61_000); lo != 7 || hi != 9 {
		t.Errorf("%v to %v", lo, hi)
	}
}

func FuzzRead(f *testing.F) {
	p := NewPast(time.Hour)
	p.Add(1000, 1)
	p.Add(1001, 2)
	p.Add(900_000, 3)
	f.Add(p.Append(nil))
	f.Add(points("X 0 - X").Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, _, err := ReadPast(b); err == nil {
			p.Add(2_000_000, 1)
			p.Range(2_000_000)
			p.Ago(2_000_000, 0)
		}
		if d, _, err := ReadDatapoints(b); err == nil {
			d.Add(1<<50, 1000, true)
			d.Judge(2, 3, Bad)
		}
	})
}
