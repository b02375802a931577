package unit

import "testing"

func TestIn(t *testing.T) {
	t.Parallel()
	f := func(text, series string, want float64) {
		t.Helper()
		n, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := n.In(series); got != want {
			t.Errorf("%s in %q: got %v, want %v", text, series, got, want)
		}
	}
	f("80", "ms", 80)
	f("80%", "%", 80)
	f("80 %", "", 80)
	f("80%", "ratio", 0.8)
	f("500ms", "s", 0.5)
	f("500ms", "", 500)
	f("2s", "ms", 2000)
	f("2GiB", "bytes", 2<<30)
	f("1e3", "", 1000)
	f("-1.5", "", -1.5)
	f("1_000", "", 1000)
	for _, bad := range []string{"", "x", "80 furlongs", "NaN", "Inf", "1e999", "--1", "1e"} {
		if n, err := Parse(bad); err == nil {
			t.Errorf("%q is taken as %+v", bad, n)
		}
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	f := func(v float64, unit, want string) {
		t.Helper()
		if got := Format(v, unit); got != want {
			t.Errorf("%v %s: got %q, want %q", v, unit, got, want)
		}
	}
	f(97.314, "%", "97.31 %")
	f(0.5, "ratio", "50 %")
	f(820, "ms", "820 ms")
	f(1250, "ms", "1.25 s")
	f(0, "ms", "0 ms")
	f(3<<30, "bytes", "3 GiB")
	f(0, "bytes", "0 B")
	f(1536, "bytes/s", "1.5 KiB/s")
	f(12, "", "12")
	f(12.5, "/s", "12.5/s")
	f(1234.5678, "requests", "1235 requests")
	f(0.00001, "", "1e-05")
	f(-3, "", "-3")
}

func TestGuess(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"host.cpu.used_percent": "%", "latency.p99": "ms", "http_request_duration_seconds": "s",
		"node_memory_bytes": "bytes", "orders.pending": "", "host.network.bytes_received_rate": "bytes/s",
	} {
		if got := Guess(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
