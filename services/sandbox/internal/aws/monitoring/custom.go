package monitoring

import (
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// Bounds of what PutMetricData may leave behind; the oldest points of a metric go first.
const (
	maxCustomMetrics = 20_000
	maxCustomPoints  = 50_000 // of one metric
)

// custom keeps the metrics that were put.
type custom struct {
	mu     sync.RWMutex
	series map[world.Key]map[string]*put
	total  int
}

type put struct {
	world.Metric
	unit  string
	first time.Time
	data  []datum // by time
}

// datum is what was put for one time: values with how often each came, or their summary.
type datum struct {
	at     time.Time
	bucket world.Bucket
	values []weighted // none for a summary
}

type weighted struct{ value, count float64 }

func newCustom() *custom { return &custom{series: map[world.Key]map[string]*put{}} }

// identity is a metric as a key; no name may contain the separators.
func identity(m world.Metric) string {
	var b strings.Builder
	b.WriteString(m.Namespace + "\x00" + m.Name)
	for _, d := range m.Dimensions {
		b.WriteString("\x00" + d.Name + "\x01" + d.Value)
	}
	return b.String()
}

// add stores d, and reports whether there is room for its metric.
func (c *custom) add(at world.Key, m world.Metric, unit string, d datum) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.series[at] == nil {
		c.series[at] = map[string]*put{}
	}
	id := identity(m)
	p := c.series[at][id]
	if p == nil {
		if c.total >= maxCustomMetrics {
			return false
		}
		c.total++
		p = &put{Metric: m, unit: unit, first: d.at}
		c.series[at][id] = p
	}
	i, _ := slices.BinarySearchFunc(p.data, d.at, func(e datum, at time.Time) int {
		if e.at.After(at) { // after all of the same time
			return 1
		}
		return -1
	})
	p.data = slices.Insert(p.data, i, d)
	if len(p.data) > maxCustomPoints {
		p.data = slices.Delete(p.data, 0, len(p.data)-maxCustomPoints)
	}
	return true
}

// list returns the metrics that were put, sorted.
func (c *custom) list(at world.Key) []world.Listed {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var out []world.Listed
	for _, p := range c.series[at] {
		out = append(out, world.Listed{Metric: p.Metric, Unit: p.unit, Period: time.Minute, Last: p.data[len(p.data)-1].at})
	}
	slices.SortFunc(out, func(a, b world.Listed) int { return strings.Compare(identity(a.Metric), identity(b.Metric)) })
	return out
}

// unit is a metric's, if it was put.
func (c *custom) unit(at world.Key, m world.Metric) (string, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	p := c.series[at][identity(m)]
	if p == nil {
		return "", false
	}
	return p.unit, true
}

// buckets returns what was put in [from, to).
func (c *custom) buckets(at world.Key, m world.Metric, from, to time.Time, period time.Duration) []bucket {
	c.mu.RLock()
	defer c.mu.RUnlock()
	p := c.series[at][identity(m)]
	if p == nil {
		return nil
	}
	var out []bucket
	for _, d := range p.data {
		if d.at.Before(from) || !d.at.Before(to) {
			continue
		}
		start := floor(d.at, period)
		if len(out) == 0 || !out[len(out)-1].Start.Equal(start) {
			out = append(out, bucket{Bucket: world.Bucket{Start: start, Min: math.Inf(1), Max: math.Inf(-1)}, exact: true})
		}
		b := &out[len(out)-1]
		b.Count += d.bucket.Count
		b.Sum += d.bucket.Sum
		b.Min, b.Max = min(b.Min, d.bucket.Min), max(b.Max, d.bucket.Max)
		b.values = append(b.values, d.values...)
		b.exact = b.exact && d.values != nil
	}
	return out
}
