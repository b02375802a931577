package renderer

import (
	"errors"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	charts  *prometheus.CounterVec
	skipped *prometheus.CounterVec
	seconds prometheus.Histogram
	bytes   prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		charts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "renderer_charts_total", Help: "Charts published, by kind."}, []string{"kind"}),
		skipped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "renderer_skipped_total", Help: "Charts not drawn, by reason: superseded, nothing new, storm, late, no history, no answer."}, []string{"reason"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "renderer_draw_seconds", Help: "Drawing and encoding one chart.", Buckets: []float64{.001, .002, .004, .008, .016, .032, .064, .128, .5}}),
		bytes: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "renderer_chart_bytes", Help: "Size of charts.", Buckets: prometheus.ExponentialBuckets(8<<10, 2, 8)}),
	}
	if reg == nil {
		return m, nil
	}
	err := errors.Join(reg.Register(m.charts), reg.Register(m.skipped), reg.Register(m.seconds), reg.Register(m.bytes))
	if err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	return m, nil
}
