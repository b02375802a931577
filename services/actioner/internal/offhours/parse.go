package offhours

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/moment"
)

// maxTag is how long a tag's value can be, in bytes: AWS allows 256 letters.
const maxTag = 1024

// Schedule is when a resource is to run.
type Schedule struct {
	// Exempt: the tag says that it is left alone.
	Exempt  bool
	on, off []slot
	zone    *time.Location
}

// slot is an hour on some days of the week.
type slot struct {
	days [7]bool // by time.Weekday
	hour int
}

var (
	letters = map[string]int{"m": 1, "t": 2, "w": 3, "h": 4, "f": 5, "s": 6, "u": 0}
	order   = "mtwhfsu"
)

// Source: cloud-custodian/cloud-custodian, c7n/filters/offhours.py, TZ_ALIASES.
var aliases = map[string]string{
	"pdt": "America/Los_Angeles", "pt": "America/Los_Angeles", "pst": "America/Los_Angeles", "ast": "America/Phoenix", "at": "America/Phoenix",
	"est": "America/New_York", "edt": "America/New_York", "et": "America/New_York", "cst": "America/Chicago", "cdt": "America/Chicago", "ct": "America/Chicago",
	"mst": "America/Denver", "mdt": "America/Denver", "mt": "America/Denver", "gmt": "Etc/GMT", "gt": "Etc/GMT", "bst": "Europe/London", "ist": "Europe/Dublin",
	"cet": "Europe/Berlin", "it": "Asia/Kolkata", "jst": "Asia/Tokyo", "kst": "Asia/Seoul", "sgt": "Asia/Singapore", "aet": "Australia/Sydney",
	"brt": "America/Sao_Paulo", "utc": "Etc/UTC",
}

// Zone returns a time zone by an alias or its IANA name, in whatever case.
func Zone(name string) (*time.Location, error) {
	lower := strings.ToLower(name)
	if full, ok := aliases[lower]; ok {
		return moment.Zone(full)
	}
	zone, err := moment.Zone(name)
	if err == nil && name != "" {
		return zone, nil
	}
	up := true
	title := strings.Map(func(r rune) rune {
		if up && r >= 'a' && r <= 'z' {
			r += 'A' - 'a'
		}
		up = r == '/' || r == '_' || r == '-'
		return r
	}, lower)
	if zone, again := moment.Zone(title); again == nil && name != "" {
		return zone, nil
	}
	return nil, fmt.Errorf("tz: %q is no time zone: want a name like Europe/Berlin, or one of Cloud Custodian's short forms", name)
}

// usual is the default: weekdays from 7 to 19.
func usual(zone *time.Location) Schedule {
	week, _ := days("m-f") // of our own: cannot fail
	return Schedule{on: []slot{{week, 7}}, off: []slot{{week, 19}}, zone: zone}
}

// Parse reads a tag's value; zone is that of tags that name none. Errors are
// for people.
func Parse(value string, zone *time.Location) (Schedule, error) {
	if len(value) > maxTag {
		return Schedule{}, fmt.Errorf("the value is longer than %d bytes", maxTag)
	}
	s := usual(zone)
	// Some take the documents' quotation marks for part of the value.
	value = strings.Trim(strings.TrimSpace(value), `'"`)
	switch strings.ToLower(value) {
	case "off":
		return Schedule{Exempt: true}, nil
	case "", "on":
		return s, nil
	}
	seen := map[string]bool{}
	for _, piece := range strings.FieldsFunc(value, func(r rune) bool { return r == ';' || r == ' ' }) {
		key, text, ok := strings.Cut(piece, "=")
		key = strings.ToLower(key)
		if !ok || key != "on" && key != "off" && key != "tz" {
			return Schedule{}, fmt.Errorf("%q: want on=…, off=… or tz=…, with ; between", piece)
		}
		if seen[key] {
			return Schedule{}, fmt.Errorf("%s: is there twice", key)
		}
		seen[key] = true
		var err error
		switch key {
		case "on":
			s.on, err = slots(text)
		case "off":
			s.off, err = slots(text)
		default:
			s.zone, err = Zone(text)
		}
		if err != nil {
			return Schedule{}, err
		}
	}
	return s, nil
}

// slots reads (M-F,19) or [(M-F,19),(S,12)].
func slots(text string) ([]slot, error) {
	var out []slot
	rest := text
	if inner, ok := strings.CutPrefix(text, "["); ok {
		if rest, ok = strings.CutSuffix(inner, "]"); !ok {
			return nil, fmt.Errorf("%q: a [ without its ]", text)
		}
	}
	for rest != "" {
		one, tail, ok := strings.Cut(rest, ")")
		inner, open := strings.CutPrefix(one, "(")
		if !ok || !open {
			return nil, fmt.Errorf("%q: want (days,hour), as (M-F,19)", text)
		}
		on, at, ok := strings.Cut(inner, ",")
		if !ok {
			return nil, fmt.Errorf("%q: want (days,hour), as (M-F,19)", text)
		}
		week, err := days(strings.ToLower(on))
		if err != nil {
			return nil, err
		}
		hour, err := strconv.Atoi(at)
		if err != nil || hour < 0 || hour > 23 || len(at) > 2 {
			return nil, fmt.Errorf("%q is no hour: want 0 to 23", at)
		}
		out = append(out, slot{week, hour})
		if rest = tail; rest != "" {
			if rest, ok = strings.CutPrefix(rest, ","); !ok || rest == "" {
				return nil, fmt.Errorf("%q: want a comma between (days,hour) and (days,hour)", text)
			}
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%q: want (days,hour), as (M-F,19)", text)
	}
	return out, nil
}

// days reads M, M-F or F-M, which goes over the weekend.
func days(text string) (week [7]bool, err error) {
	from, to, several := strings.Cut(text, "-")
	if !several {
		to = from
	}
	_, ok := letters[from]
	_, ok2 := letters[to]
	if !ok || !ok2 {
		return week, fmt.Errorf("%q are no days: want letters of M T W H F S U, as M or M-F", text)
	}
	for i := strings.Index(order, from); ; i = (i + 1) % 7 {
		week[letters[order[i:i+1]]] = true
		if order[i:i+1] == to {
			return week, nil
		}
	}
}

// Transition is a moment at which a resource is to be started or stopped.
type Transition struct {
	On bool
	At time.Time
}

// Last returns the latest transition at or before now; false if there was none
// within eight days. Where both fall on one moment, it is to run.
func (s Schedule) Last(now time.Time) (Transition, bool) {
	if s.Exempt {
		return Transition{}, false
	}
	var last Transition
	local := now.In(s.zone)
	for n := range 9 {
		day := time.Date(local.Year(), local.Month(), local.Day()-n, 12, 0, 0, 0, s.zone)
		for _, on := range []bool{false, true} {
			list := s.off
			if on {
				list = s.on
			}
			for _, x := range list {
				if !x.days[day.Weekday()] {
					continue
				}
				at := moment.On(day, x.hour, 0)
				if !at.After(now) && (at.After(last.At) || at.Equal(last.At) && on) {
					last = Transition{on, at}
				}
			}
		}
		// A day further back has nothing later, but for a clock that changes.
		if !last.At.IsZero() && n > 0 {
			break
		}
	}
	return last, !last.At.IsZero()
}
