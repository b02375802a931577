package main

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// The workload, the same for every system under test: one metric, a threshold,
// values well below it with noise, and a value above it for what breaches.
const (
	metricName  = "load_value"
	threshold   = 50.0
	normalValue = 10.0
	breachValue = 100.0
)

// labels are the identity of one series beside its name. Host is unique, so
// that an alert can be matched to the sample that caused it.
type labels struct{ grp, host, service string }

// workload is S series spread over R rules, and when each begins to breach.
type workload struct {
	series, rules int
	seed          uint64
	labels        []labels
	breach        []atomic.Int64 // unix ns from when it breaches; 0: never
}

// newWorkload returns the workload of this many series: series i carries
// grp="g<i mod rules>", which rule i mod rules selects.
func newWorkload(series, rules int, seed uint64) *workload {
	w := &workload{series: series, rules: rules, seed: seed,
		labels: make([]labels, series), breach: make([]atomic.Int64, series)}
	for i := range w.labels {
		w.labels[i] = labels{grp: group(i % rules), host: host(i), service: fmt.Sprintf("svc-%02d", (i/7)%40)}
	}
	return w
}

func group(rule int) string { return fmt.Sprintf("g%04d", rule) }
func host(i int) string     { return fmt.Sprintf("host-%07d", i) }

// rename gives every series another host, so that they are others than those
// of a workload that was sent before.
func (w *workload) rename(offset int) {
	for i := range w.labels {
		w.labels[i].host = host(offset + i)
	}
}

// planBreach picks n series by chance (seeded) and has each begin to breach at
// a random moment of [at, at+window]; window 0 is a storm. It returns them.
func (w *workload) planBreach(n int, at time.Time, window time.Duration) []int {
	r := rand.New(rand.NewPCG(w.seed, 7))
	chosen := r.Perm(w.series)[:min(n, w.series)]
	for _, i := range chosen {
		from := at
		if window > 0 {
			from = from.Add(time.Duration(r.Int64N(int64(window))))
		}
		w.breach[i].Store(from.UnixNano())
	}
	return chosen
}

// value of series i at now, and whether it breaches.
func (w *workload) value(r *rand.Rand, i int, now time.Time) (float64, bool) {
	if from := w.breach[i].Load(); from > 0 && now.UnixNano() >= from {
		return breachValue, true
	}
	// Two decimals of noise, so that no store gets a constant to compress.
	return normalValue + float64(r.IntN(1000))/100, false
}

// batch is a run of consecutive series with one value each, all at one time.
type batch struct {
	first  int
	values []float64
	timeMs int64
}
