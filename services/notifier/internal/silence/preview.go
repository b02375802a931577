package silence

import (
	"cmp"
	"slices"
	"strings"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Shown is what a silence would do if it were made now.
type Shown struct {
	// Open is what it would mute at once, the worst first and of those the
	// oldest.
	Open []*eventv1.IncidentChanged
	// Day is how many incidents of the last 24 h it would have muted, those that
	// are open among them.
	Day int
}

// Preview says what a silence would mute: of the incidents that are known, in
// whatever state, each once and as it changed last. The silence needs no times.
// It returns an error if the silence cannot be, because of a matcher that cannot
// be read or because it names nothing.
func Preview(s *eventv1.Silence, known []*eventv1.IncidentChanged, now time.Time) (Shown, error) {
	set, err := NewSet([]*eventv1.Silence{s})
	if err != nil {
		return Shown{}, err
	}
	var out Shown
	for _, c := range known {
		if !set.all[0].matches(c) {
			continue
		}
		open := c.GetState() == eventv1.IncidentState_INCIDENT_STATE_OPEN
		if open {
			out.Open = append(out.Open, c)
		}
		if open || c.GetResolvedAt() != nil && now.Sub(c.GetResolvedAt().AsTime()) < 24*time.Hour {
			out.Day++
		}
	}
	slices.SortFunc(out.Open, func(a, b *eventv1.IncidentChanged) int {
		return cmp.Or(cmp.Compare(b.GetSeverity(), a.GetSeverity()), a.GetOpenedAt().AsTime().Compare(b.GetOpenedAt().AsTime()), strings.Compare(a.GetId(), b.GetId()))
	})
	return out, nil
}
