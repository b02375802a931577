package partition

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are what owners count, all partitions of a process together.
type Metrics struct {
	samples, unknown, late, duplicates, clashes, refused, partials prometheus.Counter
	series, incidents, heldBack                                    prometheus.Gauge
	owned                                                          prometheus.Gauge
	lag                                                            prometheus.Histogram
	fenced, suppressed                                             prometheus.Counter
	snapshotSeconds, snapshotBytes, takeover                       prometheus.Histogram
	// PolicyProblems is how many problems files and bucket have.
	PolicyProblems prometheus.Gauge
}

// NewMetrics returns the metrics of reg; nil means nowhere.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	counter := func(name, help string) prometheus.Counter {
		return register(reg, prometheus.NewCounter(prometheus.CounterOpts{Name: "evaluator_" + name, Help: help}))
	}
	gauge := func(name, help string) prometheus.Gauge {
		return register(reg, prometheus.NewGauge(prometheus.GaugeOpts{Name: "evaluator_" + name, Help: help}))
	}
	histogram := func(name, help string, from float64) prometheus.Histogram {
		return register(reg, prometheus.NewHistogram(prometheus.HistogramOpts{Name: "evaluator_" + name, Help: help,
			Buckets: prometheus.ExponentialBuckets(from, 4, 8)}))
	}
	return &Metrics{
		samples:         counter("samples_total", "Samples read."),
		unknown:         counter("samples_unknown_total", "Samples that came before their series' definition and were held back."),
		late:            counter("samples_late_total", "Samples older than their series' newest: kept, not judged."),
		duplicates:      counter("samples_duplicate_total", "Samples of a time that was seen."),
		clashes:         counter("series_clashes_total", "Definitions refused since their id is another series'."),
		refused:         counter("series_refused_total", "New series that were not taken since their team has as many as it may."),
		partials:        counter("partials_total", "Facts received for groups of wide policies."),
		series:          gauge("series", "Series known."),
		incidents:       gauge("incidents_open", "Incidents open."),
		heldBack:        gauge("samples_held_back", "Series of which a sample waits for the definition."),
		owned:           gauge("partitions_owned", "Partitions owned."),
		lag:             histogram("lag_seconds", "How old the last entry was when partitions were looked at.", .01),
		fenced:          counter("fenced_total", "Partitions lost to another owner while owned."),
		suppressed:      counter("outputs_suppressed_total", "Outputs of a replay that the log had already."),
		snapshotSeconds: histogram("snapshot_seconds", "Time to write a snapshot.", .001),
		snapshotBytes:   histogram("snapshot_bytes", "Size of snapshots.", 1024),
		takeover:        histogram("takeover_seconds", "From claim to reading.", .001),
		PolicyProblems:  gauge("policy_problems", "Problems in policy files and in the bucket."),
	}
}

// register adds c to reg, or returns the one that is there already.
func register[C prometheus.Collector](reg prometheus.Registerer, c C) C {
	if reg == nil {
		return c
	}
	var there prometheus.AlreadyRegisteredError
	if err := reg.Register(c); errors.As(err, &there) {
		return there.ExistingCollector.(C)
	}
	return c
}

// measure brings the process' metrics up to what this partition has done. The
// caller holds o.mu.
func (o *owner) measure() {
	c := o.state.Counts()
	add := func(to prometheus.Counter, now, before uint64) {
		if now > before {
			to.Add(float64(now - before))
		}
	}
	add(o.met.samples, c.Samples, o.counted.Samples)
	add(o.met.unknown, c.Unknown, o.counted.Unknown)
	add(o.met.late, c.Late, o.counted.Late)
	add(o.met.duplicates, c.Duplicates, o.counted.Duplicates)
	add(o.met.clashes, c.Clashes, o.counted.Clashes)
	add(o.met.refused, c.Refused, o.counted.Refused)
	add(o.met.partials, c.Partials, o.counted.Partials)
	o.counted = c
	var now [3]int
	now[0], now[1], now[2] = o.state.Size()
	o.sized(now)
	if o.pending > 0 {
		o.met.lag.Observe(time.Since(o.stored).Seconds())
	}
}

func (o *owner) sized(now [3]int) {
	for i, g := range []prometheus.Gauge{o.met.series, o.met.incidents, o.met.heldBack} {
		g.Add(float64(now[i] - o.sizes[i]))
	}
	o.sizes = now
}

// forget takes the partition out of the metrics.
func (o *owner) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.measure()
	o.sized([3]int{})
}
