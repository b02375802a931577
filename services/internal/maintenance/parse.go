package maintenance

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// Usage is how people write when a window is.
const Usage = "2h, or from 22:00 to 02:00 Europe/Berlin, or every sat 02:00-04:00 Europe/Berlin"

// Parse reads when a window is, and returns it and the words after that: a
// length of time from now on, from and to a time, or every day or days of the
// week between two times. A time is 22:00 (the next one that comes), 2026-12-24T22:00 or
// 2026-12-24 22:00, by the clocks of the zone that may follow, else by UTC's.
func Parse(words []string, now time.Time) (*eventv1.Maintenance, []string, error) {
	if len(words) == 0 {
		return nil, nil, fmt.Errorf("when is it? Write %s", Usage)
	}
	switch strings.ToLower(words[0]) {
	case "from":
		return once(words[1:], now)
	case "every":
		return every(words[1:])
	}
	d, err := length(words[0])
	if err != nil {
		return nil, nil, err
	}
	return &eventv1.Maintenance{StartsAt: timestamppb.New(now), EndsAt: timestamppb.New(now.Add(d))}, words[1:], nil
}

// once reads TIME to TIME [zone].
func once(words []string, now time.Time) (*eventv1.Maintenance, []string, error) {
	from, words := timeWords(words)
	if len(words) < 2 || !strings.EqualFold(words[0], "to") {
		return nil, nil, fmt.Errorf("from when to when? Write from 22:00 to 02:00, or from 2026-12-24 22:00 to 2026-12-25 02:00")
	}
	to, words := timeWords(words[1:])
	zone, words := zoneOf(words)
	start, err := moment(from, now, zone)
	if err != nil {
		return nil, nil, err
	}
	end, err := moment(to, start, zone)
	if err != nil {
		return nil, nil, err
	}
	return &eventv1.Maintenance{StartsAt: timestamppb.New(start), EndsAt: timestamppb.New(end)}, words, nil
}

// timeWords takes one time off the words: a date and a time may be two.
func timeWords(words []string) (string, []string) {
	if len(words) == 0 {
		return "", nil
	}
	if len(words) > 1 {
		if _, err := time.Parse(time.DateOnly, words[0]); err == nil {
			return words[0] + " " + words[1], words[2:]
		}
	}
	return words[0], words[1:]
}

// moment reads one time; a time of day is the next after what it follows.
func moment(text string, after time.Time, zone *time.Location) (time.Time, error) {
	if minutes, err := clock(text); err == nil {
		day := after.In(zone)
		day = time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
		t := wall(day, 0, minutes)
		if !t.After(after) {
			t = wall(day, 1, minutes)
		}
		return t, nil
	}
	for _, form := range []string{"2006-01-02 15:04", "2006-01-02T15:04", time.RFC3339} {
		if t, err := time.ParseInLocation(form, strings.ToUpper(text), zone); err == nil && t.Year() > 2000 && t.Year() < 2200 {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%.40q is no time: write 22:00, or 2026-12-24 22:00", text)
}

// zoneOf takes a time zone off the words, if there is one; else it is UTC.
func zoneOf(words []string) (*time.Location, []string) {
	if len(words) > 0 && (strings.Contains(words[0], "/") || words[0] == "UTC") {
		if zone, err := time.LoadLocation(words[0]); err == nil {
			return zone, words[1:]
		}
	}
	return time.UTC, words
}

// every reads sat,sun 02:00-04:00 [zone].
func every(words []string) (*eventv1.Maintenance, []string, error) {
	words = slices.Clone(words)
	r := &eventv1.Recurrence{}
	daily := false
	for len(words) > 0 && !strings.Contains(words[0], ":") {
		for _, part := range strings.FieldsFunc(strings.ToLower(words[0]), func(c rune) bool { return c == ',' }) {
			if part == "day" || part == "night" {
				daily = true
				continue
			}
			days, err := daysOf(part)
			if err != nil {
				return nil, nil, err
			}
			r.Days = append(r.Days, days...)
		}
		words = words[1:]
	}
	if daily {
		r.Days = nil
	}
	if len(words) == 0 || !daily && len(r.Days) == 0 {
		return nil, nil, fmt.Errorf("on what days, from when to when? Write every sat 02:00-04:00 Europe/Berlin, or every day 02:00-04:00")
	}
	slices.SortFunc(r.Days, func(a, b string) int { return slices.Index(Days, a) - slices.Index(Days, b) })
	r.Days = slices.Compact(r.Days)
	from, to, ok := strings.Cut(strings.ReplaceAll(words[0], "–", "-"), "-")
	if words = words[1:]; !ok && len(words) > 1 && (words[0] == "-" || words[0] == "–" || strings.EqualFold(words[0], "to")) {
		to, words = words[1], words[2:]
	}
	for _, text := range []string{from, to} {
		if _, err := clock(text); err != nil {
			return nil, nil, fmt.Errorf("%.40q is no time of day: write 02:00-04:00", text)
		}
	}
	if len(words) > 0 && strings.Contains(words[0], "/") {
		if _, err := time.LoadLocation(words[0]); err != nil {
			return nil, nil, fmt.Errorf("%.60q is no time zone: write UTC or Europe/Berlin", words[0])
		}
	}
	zone, words := zoneOf(words)
	r.From, r.To, r.Zone = from, to, zone.String()
	return &eventv1.Maintenance{Recurrence: r}, words, nil
}

// daysOf reads sat, saturday or mon-fri.
func daysOf(part string) ([]string, error) {
	index := func(name string) int {
		return slices.IndexFunc(Days, func(d string) bool {
			return len(name) >= 3 && strings.HasPrefix(strings.ToLower(time.Weekday(slices.Index(Days, d)).String())+"s", name)
		})
	}
	first, last, span := strings.Cut(strings.ReplaceAll(part, "–", "-"), "-")
	i, j := index(first), index(first)
	if span {
		j = index(last)
	}
	if i < 0 || j < 0 {
		return nil, fmt.Errorf("%.40q is no day: write mon, tue, wed, thu, fri, sat, sun, mon-fri or day", part)
	}
	out := []string{Days[i]}
	for i != j {
		i = (i + 1) % 7
		out = append(out, Days[i])
	}
	return out, nil
}

// length reads "90m", "2h30m" or "1d".
func length(text string) (time.Duration, error) {
	bad := fmt.Errorf("%.40q says not when it is: write %s", text, Usage)
	if d, ok := strings.CutSuffix(text, "d"); ok {
		hours, err := time.ParseDuration(d + "h")
		if err != nil || hours <= 0 || hours > longest {
			return 0, bad
		}
		return 24 * hours, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Minute {
		return 0, bad
	}
	return d, nil
}
