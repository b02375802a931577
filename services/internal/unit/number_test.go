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
	f("57%", "ratio", 0.57)
	f("500ms", "s", 0.5)
	f("80ms", "", 80)
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

func TestWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"85%": "85 %", "85 %": "85 %", "500ms": "500 ms", "2GiB": "2 GiB", "1_000": "1_000", "-1.5h": "-1.5 h"} {
		n, err := Parse(text)
		if got := n.Words(); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", text, got, err, want)
		}
	}
}
