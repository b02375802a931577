package monitoring

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

var zero = time.Date(2026, 11, 16, 12, 0, 0, 0, time.UTC)

// series has a value a minute; a negative one is missing.
func series(values ...float64) points {
	var p points
	for i, v := range values {
		if v >= 0 {
			p.at = append(p.at, zero.Add(time.Duration(i)*time.Minute))
			p.value = append(p.value, v)
		}
	}
	return p
}

func TestExpressions(t *testing.T) {
	t.Parallel()
	known := map[string]points{"a": series(1, 2, 3), "b": series(10, -1, 0), "none": series()}
	f := func(text, want string) {
		t.Helper()
		e, err := parseExpression(text)
		if err != nil {
			if want == "" || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", text, err, want)
			}
			return
		}
		got := e.eval(func(id string) points { return known[id] })
		if fmt.Sprint(got.value) != want || len(got.at) != len(got.value) {
			t.Errorf("%s = %v, want %s", text, got.value, want)
		}
	}
	f("a*2", "[2 4 6]")
	f("a + b", "[11 3]")
	f("a / b", "[0.1]") // 3/0 is no number, and b has no second point
	f("b/a", "[10 0]")
	f("100 - a * 2 ^ 2", "[96 92 88]")
	f("-(a + 1) * 2", "[-4 -6 -8]")
	f("10 / (a - 1)", "[10 5]")
	f("a+none", "[]")
	f("a * 1e2", "[100 200 300]")
	f("1.5.5 * a", `"1.5.5" is no number`)
	f("a +", "ends too early")
	f("(a", "a ) is missing")
	f("a b", `unexpected "b"`)
	f("A*2", `"A" is no Id`)
	f("RATE(a)", "the function RATE is not available")
	f("7", "must return a time series")
	f("a; b", "unexpected")
	f(strings.Repeat("(", 50)+"a", "nested too deep")
	f("a"+strings.Repeat("+a", 300), "more than 200")
}

func TestSearches(t *testing.T) {
	t.Parallel()
	metrics := []world.Metric{
		world.NewMetric("AWS/EC2", "CPUUtilization", world.Dimension{Name: "InstanceId", Value: "i-1"}),
		world.NewMetric("AWS/EC2", "CPUUtilization", world.Dimension{Name: "AutoScalingGroupName", Value: "web"}),
		world.NewMetric("AWS/EC2", "NetworkIn", world.Dimension{Name: "InstanceId", Value: "i-1"}),
		world.NewMetric("AWS/RDS", "CPUUtilization", world.Dimension{Name: "DBInstanceIdentifier", Value: "orders"}),
		world.NewMetric("Shop", "Orders"),
	}
	f := func(text, want string) {
		t.Helper()
		s, err := parseSearch(text, 0)
		if err != nil {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", text, err, want)
			}
			return
		}
		var got []string
		for i, m := range metrics {
			if s.has(m) {
				got = append(got, fmt.Sprint(i))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s finds %v, want %s", text, got, want)
		}
	}
	f(`SEARCH('{AWS/EC2,InstanceId} MetricName="CPUUtilization"', 'Average', 300)`, "0")
	f(`SEARCH('{AWS/EC2,InstanceId}', 'Average', 300)`, "0 2")
	f(`search( '{AWS/EC2,"AutoScalingGroupName"} MetricName=CPU' , 'p99' )`, "1")
	f(`SEARCH('MetricName="CPUUtilization"', 'Sum', 60)`, "0 1 3")
	f(`SEARCH('MetricName="CPU"', 'Sum', 60)`, "")
	f(`SEARCH('Namespace="AWS/EC2" AND InstanceId="i-1" network', 'Sum', 60)`, "2")
	f(`SEARCH('orders', 'Sum', 60)`, "3 4")
	f(`SEARCH('{Shop}', 'Sum', 60)`, "4")
	f(`SEARCH('', 'Sum', 60)`, "empty")
	f(`SEARCH('a NOT b', 'Sum', 60)`, "NOT is not available")
	f(`SEARCH('a', 'Sum', 61)`, "the period 61 is not valid")
	f(`SEARCH('a', 'Middle', 60)`, "no statistic")
	f(`SUM(SEARCH('a', 'Sum', 60))`, "the local account knows SEARCH")
	f(`SEARCH('a (b OR c)', 'Sum', 60)`, "not understood")
	f(`SEARCH('`+strings.Repeat("a", 1024)+`', 'Sum', 60)`, "at most 1024")
	if s, err := parseSearch("SEARCH('a', 'Sum')", 900); err != nil || s.period != 15*time.Minute {
		t.Errorf("the query's period: %v %v", s, err)
	}
}

// FuzzExpression parses anything, and computes what it parses.
func FuzzExpression(f *testing.F) {
	f.Add("a*2+(b-1)/-c^2")
	f.Add(`SEARCH('{AWS/EC2,InstanceId} MetricName="a" b', 'Sum', 60)`)
	f.Fuzz(func(t *testing.T, text string) {
		if isSearch(text) {
			if s, err := parseSearch(text, 60); err == nil && !periodOK(int64(s.period/time.Second)) {
				t.Errorf("%q has the period %v", text, s.period)
			}
			return
		}
		e, err := parseExpression(text)
		if err != nil {
			return
		}
		got := e.eval(func(string) points { return series(1, 0, -1, 3) })
		if len(got.at) != len(got.value) || !finite(got.value...) || !slices.IsSortedFunc(got.at, time.Time.Compare) {
			t.Errorf("%q = %v", text, got)
		}
	})
}

func TestStatistics(t *testing.T) {
	t.Parallel()
	b := bucket{Bucket: world.Bucket{Count: 10, Sum: 20, Min: 1, Max: 11}, exact: true, values: []weighted{{11, 1}, {1, 9}}}
	for name, want := range map[string]float64{"Average": 2, "Sum": 20, "Minimum": 1, "Maximum": 11, "SampleCount": 10, "p50": 1, "p90": 1, "p90.5": 11, "p100": 11, "p0": 1} {
		s, ok := statisticOf(name)
		if !ok || s(b) != want {
			t.Errorf("%s: %v", name, ok)
		}
	}
	for _, name := range []string{"", "average", "p101", "p-1", "p", "tm99", "p99.99999999999"} {
		if _, ok := statisticOf(name); ok {
			t.Errorf("%q is a statistic", name)
		}
	}
}

// TestLimit refills with time, holds one second's, and lets one large call pass.
func TestLimit(t *testing.T) {
	t.Parallel()
	l := &limit{rate: 10, tokens: 10, at: zero}
	if !l.take(1000, zero) {
		t.Error("a large call on a full bucket is refused")
	}
	if l.take(1, zero) {
		t.Error("an empty bucket gives")
	}
	if !l.take(5, zero.Add(500*time.Millisecond)) || l.take(1, zero.Add(500*time.Millisecond)) {
		t.Error("half a second is not half of it")
	}
	if !l.take(10, zero.Add(time.Hour)) || l.take(1, zero.Add(time.Hour)) {
		t.Error("an hour is more than a second's")
	}
}

// TestStartIsFloored follows CloudWatch's rule by age.
func TestStartIsFloored(t *testing.T) {
	t.Parallel()
	odd := time.Date(2026, 11, 16, 12, 32, 32, 5e6, time.UTC)
	for age, want := range map[time.Duration]string{time.Hour: "12:32:32", 4 * time.Hour: "12:32:00", 16 * day: "12:30:00", 64 * day: "12:00:00"} {
		if got := start(odd, odd.Add(age)).Format(time.TimeOnly); got != want {
			t.Errorf("%v old: %s, want %s", age, got, want)
		}
	}
}

// TestPageMovesOn continues behind the last point even when newer ones have come.
func TestPageMovesOn(t *testing.T) {
	t.Parallel()
	all := []result{{id: "a", points: series(0, 1, 2, 3), code: "Complete"}, {id: "b", points: series(9), code: "Complete"}}
	first, next := page(all, cursor{}, 2, true)
	if next == nil || first[0]["StatusCode"] != "PartialData" || first[1]["StatusCode"] != "PartialData" {
		t.Fatalf("the first page: %v, then %v", first, next)
	}
	all[0].points = series(0, 1, 2, 3, 4)
	second, last := page(all, *next, 3, true)
	if last != nil || fmt.Sprint(second[0]["Values"], second[1]["Values"]) != "[1 0] [9]" || second[0]["StatusCode"] != "Complete" {
		t.Errorf("the second page: %v, then %v", second, last)
	}
}

// TestCustomIsBounded puts more points than a metric keeps, and one metric too many.
func TestCustomIsBounded(t *testing.T) {
	t.Parallel()
	c, at := newCustom(), world.Key{Account: "1", Region: "r"}
	m := world.NewMetric("a", "b")
	for i := range maxCustomPoints + 10 {
		c.add(at, m, "None", datum{at: zero.Add(time.Duration(i) * time.Second), bucket: world.Bucket{Count: 1}})
	}
	got := c.buckets(at, m, zero, zero.Add(time.Minute), time.Second)
	if len(got) != 50 || !got[0].Start.Equal(zero.Add(10*time.Second)) {
		t.Errorf("%d seconds are left of the first minute, from %v", len(got), got[0].Start)
	}
	for i := range maxCustomMetrics - 1 {
		if !c.add(at, world.NewMetric("a", fmt.Sprint(i)), "None", datum{at: zero}) {
			t.Fatalf("metric %d finds no room", i)
		}
	}
	if c.add(at, world.NewMetric("a", "one more"), "None", datum{at: zero}) {
		t.Error("there is room for one more")
	}
}
