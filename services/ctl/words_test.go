package main

import (
	"slices"
	"testing"
	"time"
)

func TestSpan(t *testing.T) {
	t.Parallel()
	f := func(d time.Duration, want string) {
		t.Helper()
		if got := span(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
	f(-time.Second, "0 µs")
	f(250*time.Microsecond, "250 µs")
	f(20*time.Millisecond, "20 ms")
	f(59*time.Second+900*time.Millisecond, "59s")
	f(time.Minute, "1m")
	f(90*time.Second, "1m 30s")
	f(25*time.Hour+5*time.Minute, "25h 5m")
	f(24*time.Hour*14+3*time.Hour, "14d 3h")
}

func TestInterval(t *testing.T) {
	t.Parallel()
	f := func(text string, want time.Duration) {
		t.Helper()
		var got interval
		if err := got.UnmarshalText([]byte(text)); err != nil || got.span() != want {
			t.Errorf("%q: got %v, %v, want %v", text, got.span(), err, want)
		}
	}
	f("90s", 90*time.Second)
	f("1h30m", 90*time.Minute)
	f("2d", 48*time.Hour)
	f("1.5d", 36*time.Hour)
	f("1w", 7*24*time.Hour)
	for _, bad := range []string{"", "d", "soon", "5", "NaNd", "1e300d"} {
		var got interval
		if got.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%q is accepted as %v", bad, got.span())
		}
	}
}

func TestParseTime(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	f := func(text string, want time.Time) {
		t.Helper()
		if got, err := parseTime(text, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
	f("2026-11-22T11:00:00+01:00", now.Add(-2*time.Hour))
	f("1795305600000", time.UnixMilli(1795305600000))
	f("5m", now.Add(-5*time.Minute))
	f("-5m", now.Add(-5*time.Minute))
	if _, err := parseTime("noon", now); err == nil {
		t.Error("noon is accepted")
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	f := func(a, b string, want ...string) {
		t.Helper()
		if got := diff(a, b); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f("a\nb\n", "a\nb")
	f("", "a\nb\n", "+ a", "+ b")
	f("a\nb\nc", "a\nx\nc\nd", "- b", "+ x", "+ d")
	f("a\nb", "", "- a", "- b")
}

func TestRanges(t *testing.T) {
	t.Parallel()
	f := func(in []int, want string) {
		t.Helper()
		if got := ranges(in); got != want {
			t.Errorf("%v: got %q, want %q", in, got, want)
		}
	}
	f(nil, "")
	f([]int{7}, "07")
	f([]int{0, 1, 2, 7, 62, 63}, "00-02, 07, 62-63")
}

func TestSubjectOf(t *testing.T) {
	t.Parallel()
	f := func(name, want string) {
		t.Helper()
		if got := subjectOf(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	f("orders.pending", "metrics.orders.pending")
	f("http:requests/sec-1", "metrics.http_requests_sec-1")
	f("a..b.*.>", "metrics.a._.b._._")
}

func TestRound(t *testing.T) {
	t.Parallel()
	f := func(x, spread, want float64) {
		t.Helper()
		if got := round(x, spread); got != want {
			t.Errorf("%v of %v: got %v, want %v", x, spread, got, want)
		}
	}
	f(953.217, 880, 950)
	f(0.12345, 0.1, 0.123)
	f(-7.77, 20, -8)
	f(5, 0, 5)
	f(1e12, 1e12, 1e12)
}

func TestMinus(t *testing.T) {
	t.Parallel()
	got := minus([]string{"send", "x", "-3.5", "--threshold", "-5", "-f", "-1", "-", "-h"})
	want := []string{"send", "x", minusSign + "3.5", "--threshold", "-5", "-f", "-1", "-", "-h"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
