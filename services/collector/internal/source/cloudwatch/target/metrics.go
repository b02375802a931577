package target

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-ops/parley/services/internal/account"
)

// Metrics are the counters of all targets. A nil *Metrics counts nothing.
type Metrics struct {
	requests, throttled, metrics, errors *prometheus.CounterVec
	owned                                prometheus.Gauge
}

// NewMetrics registers the counters.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	by := func(more ...string) []string { return append([]string{"account", "region"}, more...) }
	m := &Metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "collector_cloudwatch_requests_total",
			Help: "Calls to AWS, by operation."}, by("operation")),
		throttled: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "collector_cloudwatch_throttled_total",
			Help: "Calls to AWS that were refused as too many."}, by("operation")),
		metrics: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "collector_cloudwatch_metrics_requested_total",
			Help: "What GetMetricData calls asked for: pairs of metric and statistic."}, by()),
		errors: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "collector_cloudwatch_errors_total",
			Help: "What went wrong with AWS, by kind."}, by("kind")),
		owned: prometheus.NewGauge(prometheus.GaugeOpts{Name: "collector_cloudwatch_targets",
			Help: "Accounts and regions that this collector watches."}),
	}
	if reg != nil {
		reg.MustRegister(m.requests, m.throttled, m.metrics, m.errors, m.owned)
	}
	return m
}

func (m *Metrics) called(k Key, operation string, metrics int, throttled bool) {
	if m == nil {
		return
	}
	m.requests.WithLabelValues(k.Account, k.Region, operation).Inc()
	m.metrics.WithLabelValues(k.Account, k.Region).Add(float64(metrics))
	if throttled {
		m.throttled.WithLabelValues(k.Account, k.Region, operation).Inc()
	}
}

// kinds are the errors that are told apart.
var kinds = []struct {
	err  error
	name string
}{
	{account.ErrExpired, "expired"}, {account.ErrDenied, "denied"}, {account.ErrTrust, "trust"}, {account.ErrSkew, "skew"},
	{account.ErrUnreachable, "unreachable"}, {account.ErrThrottled, "throttled"}, {account.ErrRegion, "region"},
	{account.ErrNoCredentials, "credentials"},
}

func (m *Metrics) failed(k Key, err error) {
	if m == nil || err == nil {
		return
	}
	name := "other"
	for _, kind := range kinds {
		if errors.Is(err, kind.err) {
			name = kind.name
			break
		}
	}
	m.errors.WithLabelValues(k.Account, k.Region, name).Inc()
}

func (m *Metrics) owns(n int) {
	if m != nil {
		m.owned.Set(float64(n))
	}
}
