package offhours

import (
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/actioner/internal/moment"
)

func berlin(t testing.TB) *time.Location {
	zone, err := moment.Zone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestLast(t *testing.T) {
	t.Parallel()
	f := func(value, now, want string) {
		t.Helper()
		s, err := Parse(value, berlin(t))
		if err != nil {
			t.Fatalf("%q: %v", value, err)
		}
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		got := "never"
		if tr, ok := s.Last(at); ok {
			got = map[bool]string{true: "on ", false: "off "}[tr.On] + tr.At.UTC().Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%q at %s: got %s, want %s", value, now, got, want)
		}
	}
	const week = "off=(M-F,19);on=(M-F,7);tz=Europe/Berlin"
	f(week, "2026-11-23T05:59:59Z", "off 2026-11-20T18:00:00Z")
	f(week, "2026-11-23T06:00:00Z", "on 2026-11-23T06:00:00Z")
	f(week, "2026-11-22T12:00:00Z", "off 2026-11-20T18:00:00Z")
	// The weekends on which the clock changes.
	f(week, "2026-03-30T04:59:59Z", "off 2026-03-27T18:00:00Z")
	f(week, "2026-03-30T05:00:00Z", "on 2026-03-30T05:00:00Z")
	f(week, "2026-10-26T06:00:00Z", "on 2026-10-26T06:00:00Z")
	// 02:00 on the night that has none, and on the one that has two.
	f("off=(U,2);on=(M,7)", "2026-03-29T00:59:59Z", "on 2026-03-23T06:00:00Z")
	f("off=(U,2);on=(M,7)", "2026-03-29T01:00:00Z", "off 2026-03-29T01:00:00Z")
	f("off=(U,2);on=(M,7)", "2026-10-25T00:30:00Z", "off 2026-10-25T00:00:00Z")
	f("off=(U,2);on=(M,7)", "2026-10-25T01:30:00Z", "off 2026-10-25T00:00:00Z")
	// What Custodian's documents say.
	f("off=[(M-F,21),(U,18)];on=[(M-F,6),(U,10)];tz=pt", "2026-11-23T02:00:00Z", "off 2026-11-23T02:00:00Z")
	f("on", "2026-11-23T12:00:00Z", "on 2026-11-23T06:00:00Z")
	f("", "2026-11-23T18:00:00Z", "off 2026-11-23T18:00:00Z")
	f("tz=jst", "2026-11-23T12:00:00Z", "off 2026-11-23T10:00:00Z")
	f("tz=europe/berlin", "2026-11-23T12:00:00Z", "on 2026-11-23T06:00:00Z")
	f("off=(M-F,20)", "2026-11-24T06:00:00Z", "on 2026-11-24T06:00:00Z")
	f(" 'off=(m-f,20);' ", "2026-11-23T19:00:00Z", "off 2026-11-23T19:00:00Z")
	f("off=(F-M,20);on=(H,7)", "2026-11-24T12:00:00Z", "off 2026-11-23T19:00:00Z")
	f("off=(M,7);on=(M,7)", "2026-11-23T06:30:00Z", "on 2026-11-23T06:00:00Z")
	f("off", "2026-11-23T12:00:00Z", "never")
	f("OFF", "2026-11-23T12:00:00Z", "never")
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"banana": `"banana": want on=…`, "of=(M-F,19)": `"of=(M-F,19)": want on=…`, "off=M-F,19": "want (days,hour)", "off=(M-F)": "want (days,hour)", "off=()": "want (days,hour)",
		"off=(M-F,24)": "no hour", "off=(M-F,-1)": "no hour", "off=(M-F,7pm)": "no hour", "off=(X,7)": "no days", "off=(M-,7)": "no days", "off=[(M,7)": "without its ]", "off=(M,7)(T,7)": "want a comma",
		"off=(M,7),": "want a comma", "off=": "want (days,hour)", "off=[]": "want (days,hour)", "tz=": "no time zone", "tz=Mars/Olympus": "no time zone", "tz=local": "no time zone", "on=(M,7);on=(T,7)": "is there twice",
		strings.Repeat("x", 2000): "longer than",
	} {
		if s, err := Parse(value, time.UTC); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %+v, %v; want %s", value, s, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, v := range []string{"off=(M-F,19);on=(M-F,7);tz=Europe/Berlin", "off=[(M-F,21),(U,18)];on=[(M-F,6),(U,10)];tz=pt", "on", "off", "", "tz=cet", "off=(F-M,0)"} {
		f.Add(v)
	}
	zone := berlin(f)
	now := time.Date(2026, 10, 25, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		s, err := Parse(value, zone)
		if err != nil {
			return
		}
		tr, ok := s.Last(now)
		if ok == s.Exempt || ok && (tr.At.After(now) || now.Sub(tr.At) > 9*24*time.Hour) {
			t.Errorf("%q: %+v, %v", value, tr, ok)
		}
	})
}
