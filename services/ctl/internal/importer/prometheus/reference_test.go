package prometheus

import (
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parley-ops/parley/services/ctl/internal/importer"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/evaluator/replay"
	"github.com/parley-ops/parley/services/internal/label"
)

var epoch = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

// past is a series up to now: its newest value is the last; NaN is none. Ranges include
// their first moment, as Prometheus had it before 3.
type past []float64

func (p past) now() float64 { return p[len(p)-1] }

// within returns what came within so many minutes.
func (p past) within(minutes int) (out []float64) {
	for _, v := range p[max(0, len(p)-1-minutes):] {
		if !math.IsNaN(v) {
			out = append(out, v)
		}
	}
	return out
}

func sum(in []float64) (out float64) {
	for _, v := range in {
		out += v
	}
	return out
}

// rate is rate(…[minutes]) of a counter that never begins anew, in a second; false
// while it is not the same throughout, where extrapolation makes a difference.
func (p past) rate(minutes int) (float64, bool) {
	if len(p) <= minutes {
		return 0, false
	}
	all := p[len(p)-1-minutes:]
	for i := 2; i < len(all); i++ {
		if all[i]-all[i-1] != all[1]-all[0] {
			return 0, false
		}
	}
	return (all[1] - all[0]) / 60, true
}

// reference is a rule and what PromQL says of it, worked out the plain way: fires is for the
// series of hosts a, b and c at one minute; known is false where it is not compared.
type reference struct {
	expr, more string
	series     func(r *rapid.T) [][]float64
	fires      func(hosts []past) (fires, known bool)
	wait, keep int // minutes
}

// levels are values that change often, steps counters that go on for a while.
func levels(of ...float64) func(*rapid.T) [][]float64 {
	return func(r *rapid.T) [][]float64 {
		out := make([][]float64, 3)
		for h := range out {
			out[h] = rapid.SliceOfN(rapid.SampledFrom(of), 40, 40).Draw(r, "values")
			out[h][0] = of[0]
		}
		return out
	}
}

func steps(by ...float64) func(*rapid.T) [][]float64 {
	return func(r *rapid.T) [][]float64 {
		out := make([][]float64, 3)
		for h := range out {
			v := 0.0
			for len(out[h]) < 60 {
				step := rapid.SampledFrom(by).Draw(r, "step")
				for range rapid.IntRange(5, 20).Draw(r, "minutes") {
					out[h] = append(out[h], v)
					v += step
				}
			}
			out[h] = out[h][:60]
		}
		return out
	}
}

// anyOf is a test of one series that one of a zone fulfils; at minutes in which not all
// have come it is not compared: PromQL judges between samples too.
func anyOf(test func(p past) bool) func([]past) (bool, bool) {
	return func(hosts []past) (fires, known bool) {
		known = true
		for _, p := range hosts {
			came := !math.IsNaN(p.now())
			known, fires = known && came, fires || came && test(p)
		}
		return fires, known
	}
}

// TestAgainstAReference replays imported rules over random series, and compares with
// PromQL at every minute.
func TestAgainstAReference(t *testing.T) {
	t.Parallel()
	const lookback = 5
	above := func(n, limit int) func([]past) (bool, bool) {
		return func(hosts []past) (bool, bool) {
			count := 0
			for _, p := range hosts {
				if p.now() > float64(limit) {
					count++
				}
			}
			return count >= n, true
		}
	}
	slope := func(test func(p past, rate float64) bool, all bool) func([]past) (bool, bool) {
		return func(hosts []past) (fires, known bool) {
			fires, known = all, true
			for _, p := range hosts {
				rate, ok := p.rate(5)
				known = known && ok
				if all {
					fires = fires && test(p, rate)
				} else {
					fires = fires || test(p, rate)
				}
			}
			return fires, known
		}
	}
	cases := map[string]reference{
		"count":  {expr: "count by (zone) (m > 5) > 1", series: levels(1, 9), fires: above(2, 5)},
		"max":    {expr: "max by (zone) (m) > 5", series: levels(1, 9), fires: above(1, 5)},
		"min":    {expr: "min by (zone) (m) > 5", series: levels(1, 9), fires: above(3, 5)},
		"keep":   {expr: "max by (zone) (m) > 5", more: "keep_firing_for: 3m", series: levels(1, 1, 1, 1, 1, 9), fires: above(1, 5), keep: 3},
		"for":    {expr: "m{host='a'} >= 9", more: "for: 2m", series: levels(1, 9, 9), fires: func(hosts []past) (bool, bool) { return hosts[0].now() >= 9, true }, wait: 2},
		"rate":   {expr: "max by (zone) (rate(m[5m])) > 0.5", series: steps(0, 60), fires: slope(func(_ past, rate float64) bool { return rate > 0.5 }, false)},
		"sum":    {expr: "sum by (zone) (increase(m[5m])) > 0", series: steps(0, 60), fires: slope(func(_ past, rate float64) bool { return rate > 0 }, false)},
		"no sum": {expr: "sum by (zone) (rate(m[5m])) == 0", series: steps(0, 0, 60), fires: slope(func(_ past, rate float64) bool { return rate == 0 }, true)},
		"linear": {expr: "max by (zone) (predict_linear(m[5m], 3600)) > 500", series: steps(0, 1, 5), fires: slope(func(p past, rate float64) bool { return p.now()+rate*3600 > 500 }, false)},
		"mean":   {expr: "max by (zone) (avg_over_time(m[5m])) > 4.5", series: levels(1, 9, math.NaN()), fires: anyOf(func(p past) bool { in := p.within(5); return sum(in)/float64(len(in)) > 4.5 })},
		"total":  {expr: "max by (zone) (sum_over_time(m[5m])) > 20", series: levels(1, 9, math.NaN()), fires: anyOf(func(p past) bool { return sum(p.within(5)) > 20 })},
		"changes": {expr: "max by (zone) (changes(m[5m])) > 2", series: levels(1, 1, 1, 9), fires: anyOf(func(p past) bool {
			n, in := 0, p.within(5)
			for i := range in[1:] {
				if in[i] != in[i+1] {
					n++
				}
			}
			return n > 2
		})},
		"between": {expr: "max by (zone) (2 <= m < 5)", series: levels(1, 2, 4, 5), fires: anyOf(func(p past) bool { return p.now() >= 2 && p.now() < 5 })},
		"absent": {expr: "absent(m)", series: func(r *rapid.T) [][]float64 {
			out := levels(1)(r)
			for h := range out {
				from, to := rapid.IntRange(1, 30).Draw(r, "from"), rapid.IntRange(1, 40).Draw(r, "to")
				for k := from; k < to; k++ {
					out[h][k] = math.NaN()
				}
			}
			return out
		}, fires: func(hosts []past) (bool, bool) {
			for _, p := range hosts {
				if len(p.within(lookback-1)) > 0 {
					return false, true
				}
			}
			return true, true
		}},
	}
	names, policies, texts := slices.Sorted(maps.Keys(cases)), map[string][]policy.Policy{}, map[string]string{}
	for _, name := range names {
		c := cases[name]
		got := Import([]File{{Name: "r.yml", Data: []byte("groups: [{name: g, rules: [{alert: a, expr: \"" + c.expr + "\"" + map[bool]string{true: ", " + c.more}[c.more != ""] + "}]}]")}})
		if len(got.Policies) != 1 {
			t.Fatalf("%s: %+v", name, got.Refused)
		}
		text, err := importer.Write(got.Policies)
		parsed := policy.Parse("p.yaml", text)
		if err != nil || len(parsed.Problems) > 0 {
			t.Fatalf("%v %v\n%s", err, parsed.Problems, text)
		}
		policies[name], texts[name] = parsed.Policies, string(text)
	}
	rapid.Check(t, func(r *rapid.T) {
		name := rapid.SampledFrom(names).Draw(r, "case")
		c := cases[name]
		c.compare(r, policies[name], texts[name])
	})
}

func (c *reference) compare(r *rapid.T, policies []policy.Policy, text string) {
	values := c.series(r)
	var in []replay.Series
	for h, v := range values {
		in = append(in, replay.Series{Name: "m", Labels: label.FromMap(map[string]string{"host": string(rune('a' + h)), "zone": "z", "team": "t"}), Start: epoch, Interval: time.Minute, Values: v})
	}
	minutes := len(values[0])
	incidents, err := replay.Run(policies, in, epoch.Add(time.Duration(minutes)*time.Minute))
	if err != nil {
		r.Fatal(err)
	}
	since, until := -1, -1
	for k := range minutes {
		hosts := make([]past, len(values))
		for h := range values {
			hosts[h] = values[h][:k+1]
		}
		fires, known := c.fires(hosts)
		switch {
		case fires && since < 0:
			since = k
		case !fires:
			since = -1
		}
		want := fires && k-since >= c.wait
		if want {
			until = k + 1 + c.keep // it is kept from the first minute on in which it does not fire
		}
		want = want || c.keep > 0 && k < until
		at, open := epoch.Add(time.Duration(k)*time.Minute+time.Second), false
		for _, i := range incidents {
			open = open || !i.Opened.After(at) && (i.Resolved.IsZero() || i.Resolved.After(at))
		}
		if known && open != want {
			r.Fatalf("%s after %d minutes of %v: an incident %v, PromQL %v\n%s", c.expr, k, values, open, want, text)
		}
	}
}
