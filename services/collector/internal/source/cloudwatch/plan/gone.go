package plan

import (
	"github.com/parley-ops/parley/services/collector/internal/series"
	"github.com/parley-ops/parley/services/collector/internal/source/cloudwatch/discover"
)

// Gone is a series of an instance that was stopped or terminated.
type Gone struct {
	Series *series.Series
	// Reason in words that follow the instance's name.
	Reason string
}

// gone notes what would be wanted of a metric if its instance ran.
func (b *builder) gone(m *discover.Metric, w *wish, names []string, reason string) {
	tags := b.Inventory.Tags(w.metric.Service, m.Dimensions)
	if !b.chosen(b.matchers, tags) {
		return
	}
	labels := b.labels(m, tags)
	note := func(name, unit string) {
		if x := series.New(name, labels, unit, 0); x.Check() == nil {
			b.plan.Gone = append(b.plan.Gone, Gone{x, reason})
		}
	}
	if w.metric.Has(names) && len(within(w.direct, labels)) > 0 {
		note(w.metric.Name, w.metric.Unit)
	}
	for d, needs := range w.derived {
		if d.Has(names) && len(within(needs, labels)) > 0 {
			note(d.Name, d.Unit)
		}
	}
}
