package monitoring

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// bucket is one bucket of the world's or of custom points.
type bucket struct {
	world.Bucket
	values []weighted
	exact  bool // values has all of them
}

// quantile is the value that a share p (0 to 1) is at or below: by nearest rank where
// all values are known, else the world's estimate.
func (b bucket) quantile(p float64) float64 {
	if !b.exact || len(b.values) == 0 {
		return b.Quantile(p)
	}
	sorted := slices.Clone(b.values)
	slices.SortFunc(sorted, func(x, y weighted) int {
		switch {
		case x.value < y.value:
			return -1
		case x.value > y.value:
			return 1
		}
		return 0
	})
	rank := p * b.Count
	for _, w := range sorted {
		if rank -= w.count; rank <= 0 {
			return w.value
		}
	}
	return sorted[len(sorted)-1].value
}

// statistic computes one number of a bucket.
type statistic func(bucket) float64

var percentile = regexp.MustCompile(`^p(100|\d{1,2}(\.\d{1,10})?)$`)

// statisticOf returns the statistic of that name; ok is false where there is none.
func statisticOf(name string) (statistic, bool) {
	switch name {
	case "Average":
		return func(b bucket) float64 { return b.Average() }, true
	case "Sum":
		return func(b bucket) float64 { return b.Sum }, true
	case "Minimum":
		return func(b bucket) float64 { return b.Min }, true
	case "Maximum":
		return func(b bucket) float64 { return b.Max }, true
	case "SampleCount":
		return func(b bucket) float64 { return b.Count }, true
	}
	if part := percentile.FindStringSubmatch(name); part != nil {
		p, _ := strconv.ParseFloat(part[1], 64) // matched digits
		return func(b bucket) float64 { return b.quantile(p / 100) }, true
	}
	return nil, false
}

// buckets returns what can be seen now of [from, to), the oldest first, in buckets of
// period that begin at its multiples. Those that CloudWatch no longer keeps at this
// period are left out.
func (c *CloudWatch) buckets(at world.Key, m world.Metric, from, to time.Time, period time.Duration) []bucket {
	now := c.world.Now()
	first := ceil(from, period)
	if kept := now.Add(-retention(period)); first.Before(kept) {
		first = ceil(kept, period)
	}
	last := ceil(to, period) // a bucket that begins before the end is whole
	if !first.Before(last) {
		return nil
	}
	var out []bucket
	for _, b := range c.world.Points(at, m, first, last, period) {
		out = append(out, bucket{Bucket: b})
	}
	put := c.custom.buckets(at, m, first, last, period)
	if len(put) == 0 {
		return out
	}
	for _, b := range put {
		i, same := slices.BinarySearchFunc(out, b.Start, func(e bucket, start time.Time) int { return e.Start.Compare(start) })
		if !same {
			out = slices.Insert(out, i, b)
			continue
		}
		o := &out[i]
		o.Count, o.Sum, o.Min, o.Max, o.exact = o.Count+b.Count, o.Sum+b.Sum, min(o.Min, b.Min), max(o.Max, b.Max), false
	}
	return out
}

// retention is how long points of a period are kept.
func retention(period time.Duration) time.Duration {
	switch {
	case period < time.Minute:
		return 3 * time.Hour
	case period < 5*time.Minute:
		return 15 * day
	case period < time.Hour:
		return 63 * day
	}
	return 455 * day
}

// start is StartTime as CloudWatch takes it: whole minutes, five minutes or hours, by its age.
func start(at, now time.Time) time.Time {
	switch age := now.Sub(at); {
	case age > 63*day:
		return floor(at, time.Hour)
	case age > 15*day:
		return floor(at, 5*time.Minute)
	case age > 3*time.Hour:
		return floor(at, time.Minute)
	}
	return floor(at, time.Second)
}

// periodOK tells whether CloudWatch has this period, in seconds.
func periodOK(seconds int64) bool {
	return slices.Contains([]int64{1, 5, 10, 20, 30}, seconds) || seconds > 0 && seconds%60 == 0 && seconds <= 86400*365
}

// floor is the last multiple of period since 1970 at or before at.
func floor(at time.Time, period time.Duration) time.Time {
	step := int64(period / time.Second)
	s := at.Unix()
	return time.Unix(s-((s%step)+step)%step, 0).UTC()
}

func ceil(at time.Time, period time.Duration) time.Time {
	if f := floor(at, period); f.Equal(at) {
		return f
	}
	return floor(at, period).Add(period)
}

// possible is how many points of a period fit in a range.
func possible(from, to time.Time, period time.Duration) float64 {
	return math.Ceil(to.Sub(from).Seconds() / period.Seconds())
}

// unitOf is a metric's unit; ok is false for a metric that is not there.
func (c *CloudWatch) unitOf(at world.Key, m world.Metric) (string, bool) {
	if unit, _, ok := c.world.Unit(at, m); ok {
		return unit, true
	}
	return c.custom.unit(at, m)
}
