package oncall

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func TestAt(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		t.Helper()
		v, err := time.ParseInLocation("2006-01-02 15:04", text, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	weekly := Rotation{Name: "w", Zone: berlin, Layers: []Layer{{Members: []string{"anna", "ben", "cleo"}, Starts: at("2026-10-05 09:00"), Every: Span{Days: 7}}}}
	f := func(r Rotation, now, who, until, next string) {
		t.Helper()
		s, n := r.At(at(now)), r.Next(at(now))
		if s.Who != who || !s.Until.Equal(at(until)) || n.Who != next {
			t.Errorf("%s: %s until %s, then %s; want %s until %s, then %s", now, s.Who, s.Until.In(berlin).Format("2006-01-02 15:04"), n.Who, who, until, next)
		}
	}
	f(weekly, "2026-10-01 12:00", "", "2026-10-05 09:00", "anna")
	f(weekly, "2026-10-05 09:00", "anna", "2026-10-12 09:00", "ben")
	f(weekly, "2026-10-25 03:30", "cleo", "2026-10-26 09:00", "anna") // the night clocks go back
	f(weekly, "2026-10-26 08:59", "cleo", "2026-10-26 09:00", "anna")
	f(weekly, "2026-10-26 09:00", "anna", "2026-11-02 09:00", "ben")
	f(weekly, "2027-04-05 09:00", "cleo", "2027-04-12 09:00", "anna") // and forward

	halves := Rotation{Zone: berlin, Layers: []Layer{{Members: []string{"day", "night"}, Starts: at("2026-10-24 08:00"), Every: Span{Hours: 12}}}}
	f(halves, "2026-10-24 21:00", "night", "2026-10-25 08:00", "day")
	if d := halves.At(at("2026-10-24 20:00")).Until.Sub(at("2026-10-24 20:00")); d != 13*time.Hour {
		t.Errorf("the night in which clocks go back is %s", d)
	}

	weekend := weekly
	weekend.Layers = append(weekend.Layers, Layer{Members: []string{"dora"}, Starts: at("2026-10-05 09:00"), Every: Span{Days: 7}, Days: 1<<0 | 1<<6})
	f(weekend, "2026-10-09 12:00", "anna", "2026-10-10 00:00", "dora")
	f(weekend, "2026-10-10 12:00", "dora", "2026-10-12 00:00", "anna")

	nights := weekly
	nights.Layers = append(nights.Layers, Layer{Members: []string{"nora"}, Starts: at("2026-10-05 09:00"), Every: Span{Days: 1}, From: 22 * 60, To: 6 * 60})
	f(nights, "2026-10-06 23:00", "nora", "2026-10-07 06:00", "anna")
	f(nights, "2026-10-07 05:59", "nora", "2026-10-07 06:00", "anna")

	swapped := weekly.With([]Override{{Who: "ben", From: at("2026-10-07 12:00"), Until: at("2026-10-08 12:00")}, {Who: "eve", From: at("2026-10-08 00:00"), Until: at("2026-10-08 06:00")}})
	f(swapped, "2026-10-07 11:00", "anna", "2026-10-07 12:00", "ben")
	f(swapped, "2026-10-07 12:00", "ben", "2026-10-08 00:00", "eve")
	f(swapped, "2026-10-08 01:00", "eve", "2026-10-08 06:00", "ben")
	f(swapped, "2026-10-08 13:00", "anna", "2026-10-12 09:00", "ben")
	f(Rotation{Zone: berlin, Layers: []Layer{{Members: []string{"solo"}, Starts: at("2026-10-05 09:00"), Every: Span{Days: 7}}}}, "2026-10-05 09:00", "solo", "2026-12-04 08:00", "solo")
}

// TestNobodyIsLeftOut walks a year over both clock changes: shifts follow
// without a gap, each as long as the calendar says, the members in turn.
func TestNobodyIsLeftOut(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"} {
		z, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for _, every := range []Span{{Days: 1}, {Days: 7}, {Hours: 6}, {Hours: 12}} {
			start := time.Date(2026, 1, 1, 2, 30, 0, 0, z) // clocks skip or repeat it
			r := Rotation{Zone: z, Layers: []Layer{{Members: []string{"a", "b", "c"}, Starts: start, Every: every}}}
			turn := 0
			for at := start; at.Before(start.AddDate(1, 0, 0)); turn++ {
				s := r.At(at)
				if want := string('a' + rune(turn%3)); s.Who != want {
					t.Fatalf("%s %+v: %s at %s, want %s", zone, every, s.Who, at, want)
				}
				length := time.Duration(every.Days)*24*time.Hour + time.Duration(every.Hours)*time.Hour
				if d := s.Until.Sub(at) - length; d < -time.Hour || d > time.Hour {
					t.Fatalf("%s %+v: a shift of %s from %s", zone, every, s.Until.Sub(at), at)
				}
				at = s.Until
			}
		}
	}
}
