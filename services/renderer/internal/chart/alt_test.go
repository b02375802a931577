package chart

import (
	"math"
	"testing"
	"time"
)

func TestFinding(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	f := func(in Finding, want string) {
		t.Helper()
		if got := in.String(); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	above := func(v float64) *Threshold { return &Threshold{Value: v} }
	below := func(v float64) *Threshold { return &Threshold{Value: v, Below: true} }
	f(Finding{What: "CPU", Unit: "%", Value: 97, Limit: above(80), For: 12 * time.Minute, Was: 45, Peak: nan}, "CPU 97 %, above 80 for 12 min, was 45")
	f(Finding{What: "CPU", Unit: "%", Value: 42, Limit: above(80), For: 56 * time.Minute, Was: 45, Peak: 97.2, Over: true}, "CPU 42 %, was above 80 for 56 min, peak 97.2")
	f(Finding{What: "Disk free", Unit: "bytes", Value: 12 << 30, Limit: below(900 << 20), Was: 5 << 40}, "Disk free 12 GiB, below 900 MiB, was 5 TiB")
	f(Finding{What: "Disk free", Unit: "bytes", Value: 30 << 30, Limit: below(20 << 30), Over: true, Peak: 11 << 30, Was: nan}, "Disk free 30 GiB, was below 20, lowest 11")
	f(Finding{What: "p99", Unit: "ms", Value: 1150, Limit: above(800), For: 90 * time.Second, Was: 240}, "p99 1.15 s, above 800 ms for 90 s, was 240 ms")
	f(Finding{What: "Heap", Unit: "%", Value: 33.9, Was: 94.4, Action: "Collect garbage"}, "Heap 33.9 %, was 94.4 before Collect garbage")
	f(Finding{What: "CPU", Unit: "%", Value: 1.9, Limit: below(5), For: 14 * 24 * time.Hour, Was: nan, Most: 2.1, Bounded: true}, "CPU 1.9 %, at most 2.1 for 14 d, limit 5")
	f(Finding{What: "CPU", Unit: "%", Value: 97, Limit: above(80), For: 400 * time.Millisecond, Was: nan, Peak: nan}, "CPU 97 %, above 80")
	f(Finding{Value: nan, Was: nan}, "Value: no data")
	f(Finding{What: "Queue", Value: math.Inf(1), Limit: above(1e6), Was: nan}, "Queue: no data, above 1M")
}

func TestWords(t *testing.T) {
	t.Parallel()
	got := Finding{Unit: "%", Value: 97, Limit: &Threshold{Value: 80}, For: 12 * time.Minute, Was: 45}.Words()
	if want := "above 80 % for 12 min, was 45 %"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAltText(t *testing.T) {
	t.Parallel()
	f := func(sample, want string) {
		t.Helper()
		if got := AltText(samples()[sample]); got != want {
			t.Errorf("%s:\ngot  %q\nwant %q", sample, got, want)
		}
	}
	f("breach", "CPU · web-1 (i-0abc123) 41.6 %, was above 80 for 56 min, peak 97.2")
	f("breach-lasting", "CPU · web-1 (i-0abc123) 90.1 %, above 80 for 49 min, was 59.7")
	f("verify", "Heap used · checkout-2 33.9 %, was 94.4 before Collect garbage")
	f("several", "p99 latency · checkout, checkout-1 and 4 more 1.15 s, above 800 ms for 9 min, was 226 ms")
	f("no-data", "CPU · web-1 (i-0abc123): no data")
}
