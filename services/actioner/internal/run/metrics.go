package run

import (
	"errors"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Metrics are what the actioner counts. A nil *Metrics counts nothing.
type Metrics struct {
	runs     *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	refusals *prometheus.CounterVec
	effects  *prometheus.CounterVec
	known    func(action string) bool
}

// NewMetrics returns metrics in reg. known keeps the label `action` to names
// that are declared.
func NewMetrics(reg prometheus.Registerer, known func(action string) bool) *Metrics {
	return &Metrics{known: known,
		runs: register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "actioner_runs_total", Help: "Changes of runs recorded, by action and state."}, []string{"action", "state"})),
		seconds: register(reg, prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "actioner_run_seconds", Help: "How long calls took, retries included, by action.",
			Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300}}, []string{"action"})),
		refusals: register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "actioner_refused_total", Help: "Requests and decisions refused, by reason."}, []string{"reason"})),
		effects: register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "actioner_effects_total", Help: "Verifications, by what they found."}, []string{"effect"})),
	}
}

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

func (m *Metrics) name(action string) string {
	if m.known != nil && !m.known(action) {
		return "unknown"
	}
	return action
}

func (m *Metrics) run(run *eventv1.RunChanged) {
	if m != nil && run.GetVerification() == nil {
		m.runs.WithLabelValues(m.name(run.GetAction()), word(run.GetState().String(), "RUN_STATE_")).Inc()
	}
}

func (m *Metrics) took(action string, d time.Duration) {
	if m != nil {
		m.seconds.WithLabelValues(m.name(action)).Observe(d.Seconds())
	}
}

func (m *Metrics) refused(reason string) {
	if m != nil {
		m.refusals.WithLabelValues(reason).Inc()
	}
}

func (m *Metrics) effect(e eventv1.Effect) {
	if m != nil {
		m.effects.WithLabelValues(word(e.String(), "EFFECT_")).Inc()
	}
}

func word(s, prefix string) string { return strings.ToLower(strings.TrimPrefix(s, prefix)) }
