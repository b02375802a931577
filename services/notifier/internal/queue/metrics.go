package queue

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

type metrics struct {
	postedTotal, coalesced, retries, limited, refusedContent prometheus.Counter
	delay                                                    prometheus.Histogram
	grouped                                                  prometheus.Counter
	waiting, unavailable                                     *prometheus.GaugeVec
	suppressed, pictures                                     *prometheus.CounterVec
}

func newMetrics(reg prometheus.Registerer) *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	m := &metrics{
		postedTotal:    counter("notifier_messages_posted_total", "Messages of incidents posted."),
		coalesced:      counter("notifier_updates_coalesced_total", "Changes told by the edit of a later one."),
		retries:        counter("notifier_retries_total", "Calls to the chat to be made again."),
		limited:        counter("notifier_rate_limited_total", "Calls that the chat refused for their rate."),
		refusedContent: counter("notifier_content_refused_total", "Messages that the chat refused for their content: a bug."),
		grouped:        counter("notifier_incidents_grouped_total", "Incidents told in a message for many."),
		delay: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "notifier_opened_to_posted_seconds",
			Help: "From an incident's opening to its message.", Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800}}),
		waiting: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "notifier_waiting",
			Help: "Incidents with something to be sent, by channel."}, []string{"channel"}),
		unavailable: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "notifier_channel_unavailable",
			Help: "1 if a channel cannot be written to."}, []string{"channel"}),
		suppressed: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "notifier_suppressed_total",
			Help: "Messages not sent, by reason."}, []string{"reason"}),
		pictures: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "notifier_pictures_total",
			Help: "Pictures by what came of them."}, []string{"result"}),
	}
	if reg != nil {
		reg.MustRegister(m.postedTotal, m.coalesced, m.retries, m.limited, m.refusedContent, m.grouped, m.delay, m.waiting, m.unavailable, m.suppressed, m.pictures)
	}
	return m
}

// posted counts a message and how long after the opening it came.
func (m *metrics) posted(c *eventv1.IncidentChanged, now time.Time) {
	m.postedTotal.Inc()
	if t := c.GetOpenedAt(); t != nil && c.GetState() != resolvedState {
		m.delay.Observe(max(0, now.Sub(t.AsTime()).Seconds()))
	}
}
