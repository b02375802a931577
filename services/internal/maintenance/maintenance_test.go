package maintenance

import (
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

func weekly(from, to, zone string, days ...string) *eventv1.Maintenance {
	return &eventv1.Maintenance{Id: "m1", Matchers: []*eventv1.Matcher{{Label: "tier", Op: eventv1.Matcher_OP_EQUAL, Value: "db"}},
		Recurrence: &eventv1.Recurrence{Days: days, From: from, To: to, Zone: zone}}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	f := func(m *eventv1.Maintenance, at, want string) {
		t.Helper()
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if s, ok := At(m, now); ok {
			got = s.Start.UTC().Format("01-02 15:04") + " to " + s.End.UTC().Format("01-02 15:04")
		}
		if got != want {
			t.Errorf("%s at %s: %q, want %q", When(m), at, got, want)
		}
	}
	// 22 November 2026 is a Sunday.
	berlin := weekly("02:00", "04:00", "Europe/Berlin", "sat")
	f(berlin, "2026-11-22T10:00:00Z", "11-28 01:00 to 11-28 03:00")
	f(berlin, "2026-11-28T02:59:59Z", "11-28 01:00 to 11-28 03:00")
	f(berlin, "2026-11-28T03:00:00Z", "12-05 01:00 to 12-05 03:00")
	f(berlin, "2026-07-03T10:00:00Z", "07-04 00:00 to 07-04 02:00")
	// Over midnight it belongs to the day on which it begins.
	night := weekly("22:00", "02:00", "UTC", "fri")
	f(night, "2026-11-28T01:00:00Z", "11-27 22:00 to 11-28 02:00")
	f(night, "2026-11-28T02:00:00Z", "12-04 22:00 to 12-05 02:00")
	// 29 March 2026: 02:00 to 03:00 is skipped in Berlin; 25 October: it comes twice.
	f(weekly("01:00", "04:00", "Europe/Berlin"), "2026-03-29T00:30:00Z", "03-29 00:00 to 03-29 02:00")
	f(weekly("02:30", "04:00", "Europe/Berlin"), "2026-03-29T00:30:00Z", "03-29 01:30 to 03-29 02:00")
	f(weekly("01:00", "04:00", "Europe/Berlin"), "2026-10-25T00:00:00Z", "10-24 23:00 to 10-25 03:00")
	f(weekly("02:30", "04:00", "Europe/Berlin"), "2026-10-25T00:00:00Z", "10-25 00:30 to 10-25 03:00")
	f(weekly("01:00", "02:30", "America/New_York"), "2026-11-01T04:30:00Z", "11-01 05:00 to 11-01 07:30")
	// Bounds.
	until := weekly("02:00", "04:00", "UTC")
	until.EndsAt = timestamppb.New(time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC))
	f(until, "2026-11-23T01:00:00Z", "11-23 02:00 to 11-23 04:00")
	f(until, "2026-11-23T05:00:00Z", "")
	ended := weekly("02:00", "04:00", "UTC")
	ended.EndedAt = timestamppb.New(time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC))
	f(ended, "2026-11-23T02:59:00Z", "11-23 02:00 to 11-23 04:00")
	f(ended, "2026-11-23T03:00:00Z", "")
	once := &eventv1.Maintenance{Id: "m2", Matchers: until.Matchers, StartsAt: timestamppb.New(time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)), EndsAt: until.EndsAt}
	f(once, "2026-11-22T01:00:00Z", "11-23 02:00 to 11-24 02:00")
	f(once, "2026-11-24T02:00:00Z", "")
}

func TestWhatCannotBe(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]*eventv1.Maintenance{
		"everything": {Recurrence: &eventv1.Recurrence{From: "01:00", To: "02:00", Zone: "UTC"}},
		"no zone":    weekly("01:00", "02:00", ""), "wrong zone": weekly("01:00", "02:00", "Europe/Atlantis"), "no time": weekly("1", "02:00", "UTC"),
		"no span": weekly("01:00", "01:00", "UTC"), "no day": weekly("01:00", "02:00", "UTC", "someday"), "once without end": {Matchers: weekly("", "", "").Matchers},
	} {
		if Check(m) == nil {
			t.Errorf("%s: taken", name)
		}
		if _, ok := At(m, time.Now()); ok {
			t.Errorf("%s: has a span", name)
		}
	}
}
