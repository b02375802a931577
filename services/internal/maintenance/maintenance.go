package maintenance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // images have no zones of their own

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
	"github.com/parley-ops/parley/services/internal/unit"
)

// Days are the days of a recurrence, Sunday first as time.Weekday counts.
var Days = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// longest is how long one span may be: what is silent for longer should be a
// change of a policy.
const longest = 14 * 24 * time.Hour

// Span is one time in which a window is open: from Start until End.
type Span struct{ Start, End time.Time }

// Check says in words what is wrong with a window; nil if it can be.
func Check(m *eventv1.Maintenance) error {
	if len(m.GetMatchers()) == 0 {
		return errors.New("a maintenance window has to name labels: else it would cover everything")
	}
	if _, err := label.MatchersFromProto(m.GetMatchers()); err != nil {
		return err
	}
	r := m.GetRecurrence()
	if r == nil {
		start, end := m.GetStartsAt().AsTime(), m.GetEndsAt().AsTime()
		switch {
		case m.GetStartsAt() == nil || m.GetEndsAt() == nil || !end.After(start):
			return errors.New("a maintenance window has to end after it begins")
		case end.Sub(start) > longest:
			return fmt.Errorf("a maintenance window lasts at most %d days", int(longest/(24*time.Hour)))
		}
		return nil
	}
	if _, err := time.LoadLocation(r.GetZone()); err != nil || r.GetZone() == "" || r.GetZone() == "Local" {
		return fmt.Errorf("%q is no time zone: write UTC or Europe/Berlin", r.GetZone())
	}
	for _, day := range r.GetDays() {
		if !slices.Contains(Days, day) {
			return fmt.Errorf("%q is no day: write mon, tue, wed, thu, fri, sat or sun", day)
		}
	}
	from, err := clock(r.GetFrom())
	if err != nil {
		return err
	}
	to, err := clock(r.GetTo())
	if err != nil {
		return err
	}
	if from == to {
		return errors.New("a span from and to the same time is no span")
	}
	if m.GetEndsAt() != nil && m.GetStartsAt() != nil && !m.GetEndsAt().AsTime().After(m.GetStartsAt().AsTime()) {
		return errors.New("there are no spans before its end: give a later one")
	}
	return nil
}

// Extends says in words when a window cannot last so long from now on.
func Extends(d time.Duration) error {
	if d < time.Minute || d > longest {
		return fmt.Errorf("a maintenance window lasts from 1m to 14d, not %s", unit.Duration(d))
	}
	return nil
}

// clock reads "02:00" as minutes of the day.
func clock(text string) (int, error) {
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, fmt.Errorf("%q is no time of day: write 02:00", text)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// At returns the span that is open at now, and else the next one; false if none
// is to come. A window that cannot be has none.
func At(m *eventv1.Maintenance, now time.Time) (Span, bool) {
	if Check(m) != nil {
		return Span{}, false
	}
	ended := m.GetEndedAt().AsTime()
	if m.GetEndedAt() != nil && !now.Before(ended) {
		return Span{}, false
	}
	if m.GetRecurrence() == nil {
		s := Span{m.GetStartsAt().AsTime(), m.GetEndsAt().AsTime()}
		return s, now.Before(s.End)
	}
	zone, _ := time.LoadLocation(m.GetRecurrence().GetZone())
	// A span that began yesterday may be open still; within nine days comes each
	// day of the week, also when a span began before the window did.
	from := now
	if first := m.GetStartsAt(); first != nil && first.AsTime().After(from) {
		from = first.AsTime()
	}
	day := from.In(zone)
	for i := -1; i <= 9; i++ {
		s, ok := on(m, time.Date(day.Year(), day.Month(), day.Day()+i, 0, 0, 0, 0, zone))
		if ok && now.Before(s.End) {
			return s, true
		}
	}
	return Span{}, false
}

// on returns the span that begins on a day.
func on(m *eventv1.Maintenance, day time.Time) (Span, bool) {
	r := m.GetRecurrence()
	if len(r.GetDays()) > 0 && !slices.Contains(r.GetDays(), Days[day.Weekday()]) {
		return Span{}, false
	}
	from, _ := clock(r.GetFrom())
	to, _ := clock(r.GetTo())
	next := 0
	if to <= from {
		next = 1
	}
	s := Span{wall(day, 0, from), wall(day, next, to)}
	if start := m.GetStartsAt(); start != nil && s.Start.Before(start.AsTime()) {
		return Span{}, false
	}
	if end := m.GetEndsAt(); end != nil && !s.Start.Before(end.AsTime()) {
		return Span{}, false
	}
	return s, s.End.After(s.Start)
}

// wall returns when the clock on the wall shows minutes of the day, days on: in
// Go a time that comes twice is the first, and one that is skipped is later.
func wall(day time.Time, days, minutes int) time.Time {
	t := time.Date(day.Year(), day.Month(), day.Day()+days, minutes/60, minutes%60, 0, 0, day.Location())
	// Go takes either of two; a skipped time may come out earlier.
	if t.Hour()*60+t.Minute() < minutes && t.Day() == day.AddDate(0, 0, days).Day() {
		t = t.Add(time.Hour)
	}
	if earlier := t.Add(-time.Hour); earlier.Hour() == t.Hour() && earlier.Day() == t.Day() {
		return earlier
	}
	return t
}

// Spans returns what the windows keep silent at now and next, as silences that
// carry the window's name.
func Spans(all []*eventv1.Maintenance, now time.Time) []*eventv1.Silence {
	var out []*eventv1.Silence
	for _, m := range all {
		s, ok := At(m, now)
		if !ok {
			continue
		}
		out = append(out, &eventv1.Silence{Id: SpanID(m, s), Matchers: m.GetMatchers(), StartsAt: timestamppb.New(s.Start), EndsAt: timestamppb.New(s.End),
			Author: m.GetAuthor(), Comment: m.GetComment(), Maintenance: Name(m)})
	}
	return out
}

// SpanID names a span of a window: as long as it is extended it stays the same.
func SpanID(m *eventv1.Maintenance, s Span) string {
	return "maintenance-" + m.GetId() + "-" + s.Start.UTC().Format("20060102T1504")
}

// Name returns what to call a window.
func Name(m *eventv1.Maintenance) string {
	if m.GetName() != "" {
		return m.GetName()
	}
	return m.GetId()
}

// When says in words when a window is open: "every sat 02:00–04:00
// Europe/Berlin"; "" if it is once.
func When(m *eventv1.Maintenance) string {
	r := m.GetRecurrence()
	if r == nil {
		return ""
	}
	days := "day"
	if len(r.GetDays()) > 0 {
		days = strings.Join(r.GetDays(), ", ")
	}
	return fmt.Sprintf("every %s %s–%s %s", days, r.GetFrom(), r.GetTo(), r.GetZone())
}
