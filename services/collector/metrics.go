package collector

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-ops/parley/services/collector/internal/ingest"
	"github.com/parley-ops/parley/services/collector/internal/series"
)

// metrics are the collector's own.
type metrics struct {
	samples      *prometheus.CounterVec
	rejected     *prometheus.CounterVec
	refused      *prometheus.CounterVec
	batches      prometheus.Counter
	batchSamples prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer) *metrics {
	m := &metrics{
		samples: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "collector_samples_total", Help: "Samples accepted, by where they came from."}, []string{"source"}),
		rejected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "collector_rejected_total", Help: "Samples not accepted, by the field that was wrong; text counts fields of line protocol that hold no number."}, []string{"reason"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "collector_http_refused_total", Help: "Requests over HTTP not taken, by status."}, []string{"status"}),
		batches: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "collector_batches_total", Help: "Batches stored."}),
		batchSamples: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "collector_batch_samples", Help: "Samples in a batch.", Buckets: []float64{1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2000}}),
	}
	if reg != nil {
		reg.MustRegister(m.samples, m.rejected, m.refused, m.batches, m.batchSamples)
	}
	return m
}

// watch shows how many series are known.
func (m *metrics) watch(reg prometheus.Registerer, c *series.Cache) {
	if reg != nil {
		reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "collector_series", Help: "Series seen lately; one that is named in two ways counts twice."},
			func() float64 { return float64(c.Len()) }))
	}
}

func (m *metrics) stored(samples int) {
	m.batches.Inc()
	m.batchSamples.Observe(float64(samples))
}

// took counts what an input came to.
func (m *metrics) took(source string, r *ingest.Result) {
	m.samples.WithLabelValues(source).Add(float64(len(r.Samples)))
	for _, x := range r.Rejected {
		m.rejected.WithLabelValues(x.Field).Inc()
	}
	if r.Skipped > 0 {
		m.rejected.WithLabelValues("text").Add(float64(r.Skipped))
	}
}
