package plan

import (
	"slices"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/cost"
)

// steps are the intervals that there are, so that many fall together.
var steps = []time.Duration{time.Minute, 2 * time.Minute, 3 * time.Minute, 4 * time.Minute, 5 * time.Minute, 6 * time.Minute, 7 * time.Minute,
	8 * time.Minute, 10 * time.Minute, 12 * time.Minute, 15 * time.Minute, 20 * time.Minute, 25 * time.Minute, 30 * time.Minute, 40 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour}

// interval returns how often a need wants a metric of that resolution.
func (b *builder) interval(n *Need, period time.Duration) time.Duration {
	least := max(period, b.Least.of(n.Severity), steps[0])
	if period >= time.Hour { // comes rarely: a little later than it could be is good enough
		return down(max(period/8, time.Hour))
	}
	return up(max(min(n.Hold/3, time.Hour), least), least)
}

// up returns the longest step of at most d, but at least least.
func up(d, least time.Duration) time.Duration {
	s := down(d)
	if s < least {
		i, _ := slices.BinarySearch(steps, least)
		return steps[min(i, len(steps)-1)]
	}
	return s
}

// down returns the longest step of at most d.
func down(d time.Duration) time.Duration {
	i, found := slices.BinarySearch(steps, d)
	if found {
		return d
	}
	return steps[max(i-1, 0)]
}

// Longest is as far as a budget stretches intervals.
const Longest = 6 * time.Hour

// Factor returns by how much a stretch makes the intervals of a severity longer:
// info first, warning from 2 on, critical from 2.5 on and never beyond twice.
func Factor(stretch float64, s eventv1.Severity) float64 {
	switch s {
	case eventv1.Severity_SEVERITY_CRITICAL:
		return min(max(stretch/2.5, 1), 2)
	case eventv1.Severity_SEVERITY_WARNING:
		return max(stretch/2, 1)
	}
	return max(stretch, 1)
}

// stretched returns the interval of a query.
func stretched(q *Query, stretch float64) time.Duration {
	f := Factor(stretch, q.Severity)
	if f <= 1 {
		return q.Base
	}
	want := time.Duration(f * float64(q.Base))
	i, _ := slices.BinarySearch(steps, want)
	s := steps[min(i, len(steps)-1)]
	if q.Severity == eventv1.Severity_SEVERITY_CRITICAL {
		s = min(s, 2*q.Base)
	}
	return max(min(s, Longest), q.Base)
}

// Stretch makes intervals longer; 1 is not at all.
func (p *Plan) Stretch(stretch float64) {
	for _, q := range p.Queries {
		q.Interval = stretched(q, stretch)
		if q.Series != nil {
			q.Series.Interval = q.Interval
		}
	}
	for _, d := range p.Derived {
		var longest time.Duration
		for _, in := range d.Inputs {
			longest = max(longest, p.byKey[in.Query].Interval)
		}
		d.Series.Interval = longest
	}
}

// PerHour returns how many metrics an hour the plan asks for when stretched.
func (p *Plan) PerHour(stretch float64) float64 {
	var n float64
	for _, q := range p.Queries {
		n += float64(time.Hour) / float64(stretched(q, stretch))
	}
	return n
}

// stretches are those that are tried.
var stretches = []float64{1, 1.25, 1.5, 2, 2.5, 2.75, 3, 3.25, 3.5, 3.75, 4, 4.5, 5, 6, 7, 8, 10, 12, 16, 24, 32, 48, 64, 96, 128}

// Fit returns the least stretch with which the plan asks for at most perHour
// metrics an hour; false, and the greatest, if there is none.
func (p *Plan) Fit(perHour float64) (float64, bool) {
	for _, s := range stretches {
		if p.PerHour(s) <= perHour {
			return s, true
		}
	}
	return stretches[len(stretches)-1], false
}

// Share is what one policy makes of the cost.
type Share struct {
	Policy string
	Series int
	// PerHour is metrics an hour; of a query with two policies each has half.
	PerHour float64
}

// USD returns the share's cost in a month of that length.
func (s Share) USD(month time.Duration) float64 {
	return s.PerHour * month.Hours() * cost.PerMetric
}

// Shares returns what each policy makes of the cost, by name.
func (p *Plan) Shares() []Share {
	by := map[string]*Share{}
	for _, q := range p.Queries {
		for _, name := range q.Policies {
			s := by[name]
			if s == nil {
				s = &Share{Policy: name}
				by[name] = s
			}
			s.Series++
			s.PerHour += float64(time.Hour) / float64(q.Interval) / float64(len(q.Policies))
		}
	}
	out := make([]Share, 0, len(by))
	for _, s := range by {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b Share) int {
		if a.PerHour != b.PerHour {
			if a.PerHour > b.PerHour {
				return -1
			}
			return 1
		}
		if a.Policy < b.Policy {
			return -1
		}
		return 1
	})
	return out
}

// StreamPerHour returns how many updates an hour a metric stream of the same
// metrics would send: one for each metric and bucket, whatever its statistics.
func (p *Plan) StreamPerHour() float64 {
	var n float64
	seen := map[[2]any]bool{}
	for _, q := range p.Queries {
		k := [2]any{q.Resource, q.Name}
		if !seen[k] {
			seen[k] = true
			n += float64(time.Hour) / float64(q.Period)
		}
	}
	return n
}
