package maintenance

import (
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Last returns the span that ended last at now or before, by the clock or
// because a person ended the window; false if none did within nine days.
func Last(m *eventv1.Maintenance, now time.Time) (Span, bool) {
	if Check(m) != nil {
		return Span{}, false
	}
	clip := func(s Span) (Span, bool) {
		if ended := m.GetEndedAt(); ended != nil && ended.AsTime().Before(s.End) {
			s.End = ended.AsTime()
		}
		return s, s.Start.Before(s.End) && !s.End.After(now)
	}
	if m.GetRecurrence() == nil {
		return clip(Span{m.GetStartsAt().AsTime(), m.GetEndsAt().AsTime()})
	}
	zone, _ := time.LoadLocation(m.GetRecurrence().GetZone())
	day := now.In(zone)
	for i := range 10 {
		if s, ok := on(m, time.Date(day.Year(), day.Month(), day.Day()-i, 0, 0, 0, 0, zone)); ok {
			if s, ok = clip(s); ok {
				return s, true
			}
		}
	}
	return Span{}, false
}

// Over reports whether a window is over for good, and since when.
func Over(m *eventv1.Maintenance, now time.Time) (since time.Time, over bool) {
	if _, ok := At(m, now); ok {
		return time.Time{}, false
	}
	if m.GetEndedAt() != nil {
		return m.GetEndedAt().AsTime(), true
	}
	return m.GetEndsAt().AsTime(), true
}

// Open returns the span that is open at now.
func Open(m *eventv1.Maintenance, now time.Time) (Span, bool) {
	s, ok := At(m, now)
	return s, ok && !now.Before(s.Start)
}
