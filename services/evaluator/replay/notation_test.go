package replay

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestValues(t *testing.T) {
	t.Parallel()
	f := func(text, unit, want string) {
		t.Helper()
		values, err := parseValues(text, unit)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		got := strings.Trim(fmt.Sprint(values), "[]")
		if got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	f("10", "", "10")
	f("10x3 97x2", "", "10 10 10 97 97")
	f(" _ 1 _x2 ", "", "NaN 1 NaN NaN")
	f("0..100x5", "%", "0 25 50 75 100")
	f("5..-5x3", "", "5 0 -5")
	f("1e3 -0.5", "", "1000 -0.5")
	f("2GiBx2 1.5sx1", "bytes", "2.147483648e+09 2.147483648e+09 1500")
	f("300ms..1sx2", "s", "0.3 1")
	f("80%", "ratio", "0.8")
	g := func(text, want string) {
		t.Helper()
		if got, err := parseValues(text, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v, want %q", text, got, err, want)
		}
	}
	g("", "no values")
	g("x5", "want a value and how often")
	g("10x", "want a value and how often")
	g("10x0", "want a value and how often")
	g("10x-1", "want a value and how often")
	g("10x999999999999", "want a value and how often")
	g("1x400000 1x400000", "more than 500000 values")
	g("ten", "not a number")
	g("1..2", "how many values it takes")
	g("1..x5", "not a number")
	g("1e308GiB", "too large")
}

func TestSeriesNames(t *testing.T) {
	t.Parallel()
	f := func(text, want string) {
		t.Helper()
		name, labels, err := parseSeries(text)
		if err != nil || name+labels.String() != want {
			t.Errorf("%s: %s%s, %v", text, name, labels, err)
		}
	}
	f("cpu", "cpu{}")
	f("cpu{}", "cpu{}")
	f(`cpu{instance_id="i-1"}`, `cpu{instance_id="i-1"}`)
	f(`cpu{ b = "x, y} \" z" , a=prod }`, `cpu{a="prod", b="x, y} \" z"}`)
	f(`aws.ec2.cpu_utilization.p95{a=b/c:d}`, `aws.ec2.cpu_utilization.p95{a="b/c:d"}`)
	for _, wrong := range []string{"", "{a=b}", "9cpu", "cpu{", "cpu{a}", "cpu{a=}", "cpu{a=b", "cpu{a=b}x", `cpu{a="b}`, "cpu{a=b,a=c}", "cpu{=b}", "cpu{a=b c=d}", "c pu"} {
		if name, labels, err := parseSeries(wrong); err == nil {
			t.Errorf("%q is taken as %s%s", wrong, name, labels)
		}
	}
}

// Whatever is written, parsing answers within its bounds; a series reads the
// same when it is written out.
func FuzzNotation(f *testing.F) {
	for _, s := range []string{"10x5 97x20 40x10 _x3", "0..100x5 2GiBx2 300ms", "1e3 -.5x2", "_"} {
		f.Add(s, `cpu{instance_id="i-1", env=prod}`)
	}
	f.Fuzz(func(t *testing.T, values, name string) {
		if vs, err := parseValues(values, "bytes"); err == nil && (len(vs) == 0 || len(vs) > maxValues) {
			t.Errorf("%d values", len(vs))
		} else {
			for _, v := range vs {
				if math.IsInf(v, 0) {
					t.Error("infinite")
				}
			}
		}
		metric, labels, err := parseSeries(name)
		if err != nil {
			return
		}
		again, labels2, err := parseSeries(metric + labels.String())
		if err != nil || again != metric || labels.String() != labels2.String() {
			t.Errorf("%q is %s%s, and then %s%s, %v", name, metric, labels, again, labels2, err)
		}
	})
}
