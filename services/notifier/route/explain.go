package route

import (
	"time"

	"github.com/parley-ops/parley/services/internal/explain"
)

// Explained is [Table.Decide] for who explains: where an incident would be told
// that opened now.
func (t Table) Explained(o explain.Opening, now time.Time) []explain.Destination {
	var out []explain.Destination
	for _, d := range t.Decide(Incident{Labels: o.Labels, Severity: o.Severity, Channels: o.Channels}, now) {
		x := explain.Destination{Channel: d.Channel, Why: d.Why, Path: append([]string{}, d.Path...), Held: d.Held}
		if !d.QuietUntil.IsZero() {
			x.QuietUntil = &d.QuietUntil
		}
		if d.Limit != nil {
			x.Limit, x.PerSeconds = d.Limit.Messages, d.Limit.Per.Seconds()
		}
		out = append(out, x)
	}
	return out
}
