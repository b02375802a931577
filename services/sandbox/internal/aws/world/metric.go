package world

import (
	"math"
	"slices"
	"strings"
	"time"
)

// Key names one account in one region.
type Key struct{ Account, Region string }

// Dimension is AWS's word for a label of a metric.
type Dimension struct{ Name, Value string }

// Metric is one CloudWatch metric: its dimensions are sorted by name.
type Metric struct {
	Namespace, Name string
	Dimensions      []Dimension
}

// Listed is a metric with what is known about it.
type Listed struct {
	Metric
	Unit   string        // CloudWatch's: Percent, Bytes, Seconds …
	Period time.Duration // between its points
	Last   time.Time     // when its newest visible point began; zero if it never had one
}

// Bucket is the points of one metric in [Start, Start+period). Sums are in the
// metric's unit; Count is how many samples they are of.
type Bucket struct {
	Start                time.Time
	Count, Sum, Min, Max float64
}

// Average is the mean of the bucket's samples.
func (b Bucket) Average() float64 {
	if b.Count == 0 {
		return 0
	}
	return b.Sum / b.Count
}

// Quantile is the value that a share p (0 to 1) of the samples is below. It is the
// one curve of the form Min + (Max-Min)·p^k that has the bucket's average, so that
// it agrees with minimum, average and maximum and costs nothing to keep.
func (b Bucket) Quantile(p float64) float64 {
	p = min(max(p, 0), 1)
	if b.Max <= b.Min || b.Count <= 1 {
		return b.Average()
	}
	mean := (b.Average() - b.Min) / (b.Max - b.Min)
	if mean <= 0 {
		return b.Min
	}
	if mean >= 1 {
		return b.Max
	}
	return b.Min + (b.Max-b.Min)*math.Pow(p, 1/mean-1)
}

// add counts another point in.
func (b *Bucket) add(p point) {
	if b.Count == 0 {
		b.Count, b.Sum, b.Min, b.Max = p.count, p.sum, p.min, p.max
		return
	}
	b.Count += p.count
	b.Sum += p.sum
	b.Min = min(b.Min, p.min)
	b.Max = max(b.Max, p.max)
}

// point is what a service reports for one period of its own.
type point struct{ count, sum, min, max float64 }

// one is a point of a single sample.
func one(v float64) point { return point{1, v, v, v} }

// spread is a point of n samples around v, at most by the share by to either side.
func spread(n, v, by float64) point { return point{n, n * v, v * (1 - by), v * (1 + by)} }

// generator is a metric's value for the period that begins at a time (Unix seconds).
// dice is 64 bits that depend on the seed, the metric and the time, and on nothing else.
type generator func(at int64, dice uint64) (point, bool)

// series is one metric and where its values come from.
type series struct {
	Metric
	unit   string
	period int64 // seconds between points
	hash   uint64
	gen    generator
	life   *life // nil: always there
}

// NewMetric returns the metric with its dimensions sorted.
func NewMetric(namespace, name string, dimensions ...Dimension) Metric {
	slices.SortFunc(dimensions, func(a, b Dimension) int { return strings.Compare(a.Name, b.Name) })
	return Metric{Namespace: namespace, Name: name, Dimensions: dimensions}
}

// Equal tells whether both are the same metric.
func (m Metric) Equal(o Metric) bool {
	return m.Namespace == o.Namespace && m.Name == o.Name && slices.Equal(m.Dimensions, o.Dimensions)
}

// hash is FNV-1a over all names, each ended by a byte that no name has.
func (m Metric) hash() uint64 {
	h := hashString(hashString(14695981039346656037, m.Namespace), m.Name)
	for _, d := range m.Dimensions {
		h = hashString(hashString(h, d.Name), d.Value)
	}
	return h
}

func hashString(h uint64, s string) uint64 {
	const prime = 1099511628211
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * prime
	}
	return (h ^ 0xff) * prime
}

// mix scatters x: SplitMix64's finish (Steele et al., 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// unit is dice as a number in [0, 1).
func unit(dice uint64) float64 { return float64(dice>>11) / (1 << 53) }

// noise is dice as a number in (-1, 1), near 0 more often: the sum of two.
func noise(dice uint64) float64 {
	return float64(dice>>32)/(1<<32) - float64(dice&0xffffffff)/(1<<32)
}
