package bus

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	published      *prometheus.CounterVec
	publishRetries prometheus.Counter
	publishSeconds prometheus.Histogram
	handled        *prometheus.CounterVec
	handleSeconds  *prometheus.HistogramVec
	deadLetters    *prometheus.CounterVec
	asyncErrors    prometheus.Counter
}

var seconds = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// newMetrics returns the metrics of reg, made by whoever asked first.
func newMetrics(reg prometheus.Registerer) *metrics {
	return &metrics{
		published: register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bus_published_total", Help: "Messages stored, by stream."}, []string{"stream"})),
		publishRetries: register(reg, prometheus.NewCounter(prometheus.CounterOpts{
			Name: "bus_publish_retries_total", Help: "Publishes tried again."})),
		publishSeconds: register(reg, prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "bus_publish_seconds", Help: "From publish to stored.", Buckets: seconds})),
		handled: register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bus_handled_total", Help: "Messages handled, by consumer and result: ok, retry, later, dead."}, []string{"consumer", "result"})),
		handleSeconds: register(reg, prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "bus_handle_seconds", Help: "From delivery to result.", Buckets: seconds}, []string{"consumer"})),
		deadLetters: register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bus_dead_letters_total", Help: "Messages given up, by consumer."}, []string{"consumer"})),
		asyncErrors: register(reg, prometheus.NewCounter(prometheus.CounterOpts{
			Name: "bus_async_errors_total", Help: "Refused permissions and slow consumers."})),
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
