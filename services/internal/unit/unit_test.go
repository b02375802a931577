package unit

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestFormat(t *testing.T) {
	t.Parallel()
	f := func(v float64, unit, want string) {
		t.Helper()
		if got := Format(v, unit); got != want {
			t.Errorf("%g %s: got %q, want %q", v, unit, got, want)
		}
	}
	f(97, "%", "97 %")
	f(97.23, "Percent", "97.2 %")
	f(0, "%", "0 %")
	f(0.034, "%", "0.034 %")
	f(1.5*(1<<30), "bytes", "1.5 GiB")
	f(512, "MB", "488 MiB")
	f(1023, "bytes", "1023 B")
	f(3e6, "Bytes/Second", "2.86 MiB/s")
	f(9.4e8, "bits/s", "940 Mbit/s")
	f(850, "ms", "850 ms")
	f(1150, "ms", "1.15 s")
	f(0.00042, "s", "420 µs")
	f(90, "s", "90 s")
	f(300, "seconds", "5 min")
	f(86400*3.5, "s", "3.5 d")
	f(0, "ms", "0 s")
	f(0, "bytes", "0 B")
	f(1234, "count", "1.23k")
	f(1234, "", "1.23k")
	f(-1234567, "", "−1.23M")
	f(1e15, "count/s", "1P/s")
	f(1240, "req/s", "1.24k req/s")
	f(1e300, "", "1e+282E")
	f(12.5, "USD", "$12.5")
	f(-3, "$", "−$3")
	f(999.96, "", "1000")
	f(math.NaN(), "%", "–")
	f(math.Inf(-1), "ms", "–")
	f(0.5, "ratio", "50 %")
	f(1536, "bytes/s", "1.5 KiB/s")
	f(3, "quintillions of elephants", "3 quintillion…")
	f(3, "a\x00b\u202e", "3 ab")
}

func TestDuration(t *testing.T) {
	t.Parallel()
	f := func(d time.Duration, want string) {
		t.Helper()
		if got := Duration(d); got != want {
			t.Errorf("%s: got %q, want %q", d, got, want)
		}
	}
	f(0, "0 s")
	f(350*time.Millisecond, "350 ms")
	f(90*time.Second, "90 s")
	f(time.Minute, "1 min")
	f(time.Hour, "1 h")
	f(12*time.Minute, "12 min")
	f(2*time.Hour, "2 h")
	f(200*time.Minute, "3 h 20 min")
	f(50*time.Hour, "2 d 2 h")
	f(-time.Minute, "0 s")
}

func TestValueTicks(t *testing.T) {
	t.Parallel()
	f := func(lo, hi float64, unit, want string) {
		t.Helper()
		var labels []string
		for _, tick := range Of(unit).Ticks(lo, hi, 4) {
			labels = append(labels, tick.Label)
		}
		if got := strings.Join(labels, "|"); got != want {
			t.Errorf("%g..%g %s: got %s, want %s", lo, hi, unit, got, want)
		}
	}
	f(0, 97, "%", "0 %|25 %|50 %|75 %|100 %")
	f(20, 85, "%", "20 %|40 %|60 %|80 %|100 %")
	f(0, 480<<20, "bytes", "0|128 MiB|256 MiB|384 MiB|512 MiB")
	f(0, 1.2*(1<<30), "bytes", "0|0.5 GiB|1.0 GiB|1.5 GiB")
	f(0, 1150, "ms", "0|0.5 s|1.0 s|1.5 s")
	f(0, 640, "ms", "0|200 ms|400 ms|600 ms|800 ms")
	f(0, 3000, "s", "0|15 min|30 min|45 min|60 min")
	f(0, 1900, "req/s", "0|0.5k|1.0k|1.5k|2.0k")
	f(-1e18, 1e18, "", "−1.0E|−0.5E|0|0.5E|1.0E")
	f(99.99, 100.01, "", "99.990|99.995|100.000|100.005|100.010")
}
