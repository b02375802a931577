package poll

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/collector/internal/source"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/discover"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/plan"
	"github.com/parley-ops/parley/services/internal/account"
)

// Config is what a Poller is told.
type Config struct {
	Least plan.Least
	// ThousandUSD is what 1,000 series may cost an hour where the account has no
	// budget of its own; 0 is no limit.
	ThousandUSD float64
	// CatchUp is how much of an outage is read afterwards.
	CatchUp  time.Duration
	Discover discover.Config
	Catalog  *catalog.Catalog
	// Needs says what policies look at.
	Needs *Needs
	// Others returns what is known of another account.
	Others func(id string) (account.Account, bool)
	// Changes tells of instances that start and stop before EC2 is asked again;
	// nil tells nothing.
	Changes *source.Changes
	// Metrics are for Prometheus; nil is nowhere.
	Metrics *Metrics
	// Step is told of each step of a round, in tests; nil does nothing.
	Step func(step string)
}

// Metrics are the poller's, for all targets. A nil *Metrics counts nothing.
type Metrics struct {
	samples, revisions *prometheus.CounterVec
	series, stretch    *prometheus.GaugeVec
	usd, forecast      *prometheus.GaugeVec
	lag                *prometheus.HistogramVec
}

// NewMetrics registers the metrics.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	by := []string{"account", "region"}
	gauge := func(name, help string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "collector_cloudwatch_" + name, Help: help}, by)
		if reg != nil {
			reg.MustRegister(g)
		}
		return g
	}
	counter := func(name, help string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "collector_cloudwatch_" + name, Help: help}, by)
		if reg != nil {
			reg.MustRegister(c)
		}
		return c
	}
	m := &Metrics{
		samples:   counter("samples_total", "Samples read from CloudWatch and stored."),
		revisions: counter("revisions_total", "Those of them that replace a value which has changed."),
		series:    gauge("series", "Pairs of metric and statistic that are asked for."),
		stretch:   gauge("stretch_ratio", "By how much a budget stretches intervals; 1 is not at all."),
		usd:       gauge("month_usd", "Spent on CloudWatch this month, at list price."),
		forecast:  gauge("month_forecast_usd", "What the month comes to at the present pace."),
		lag: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "collector_cloudwatch_lag_seconds",
			Help: "From the end of a bucket until it is seen.", Buckets: []float64{60, 120, 180, 240, 300, 450, 600, 900, 1800, 3600}}, by),
	}
	if reg != nil {
		reg.MustRegister(m.lag)
	}
	return m
}
