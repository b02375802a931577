package route

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/internal/label"
)

const tree = `
oncall:
  - {name: primary, members: ["@anna", "@ben"], starts: 2026-11-02, every: 1w, zone: Europe/Berlin}
routes:
  - name: payments
    match: {team: payments}
    channels: ["#payments"]
    mention: {critical: ["@ops", "@owner"]}
    remind: 4h
    quiet: {from: "22:00", to: "07:00", zone: Europe/Berlin, except: [critical]}
    continue: true
    routes:
      - name: payments db
        match: {service: "~.*-db"}
        channels: ["#dba"]
        escalate: [{after: 15m, mention: ["@oncall"]}, {after: 1h, channels: ["#leads"]}]
        quiet: none
  - name: production
    match: {env: prod}
    severity: {critical: ["#leads", "#ops"]}
    channels: ["#ops"]
    remind: none
  - match: {env: dev}
    remind: 1d
`

func in(severity, labels string, own ...string) Incident {
	m := map[string]string{"severity": severity}
	for _, l := range strings.Fields(labels) {
		n, v, _ := strings.Cut(l, "=")
		m[n] = v
	}
	return Incident{Labels: label.FromMap(m), Severity: severity, Channels: own}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	table, err := Parse([]byte(tree), "#general")
	if err != nil {
		t.Fatal(err)
	}
	noon, night := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC), time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC)
	f := func(i Incident, now time.Time, want ...string) {
		t.Helper()
		var got []string
		for _, d := range table.Decide(i, now) {
			line := d.Channel + " " + strings.Join(d.Mentions, ",") + " remind=" + short(d.Remind) + " steps=" + string('0'+rune(len(d.Escalate))) + " " + strings.Join(d.Path, ">")
			if !d.QuietUntil.IsZero() {
				line += " quiet until " + d.QuietUntil.Format("15:04")
			}
			got = append(got, line)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v:\n got %q\nwant %q", i.Labels, got, want)
		}
	}
	f(in("critical", "team=payments service=api env=prod"), noon,
		"#payments @ops,@owner remind=4h steps=0 payments", "#leads  remind=0s steps=0 production", "#ops  remind=0s steps=0 production")
	f(in("warning", "team=payments service=api"), night, "#payments  remind=4h steps=0 payments quiet until 07:00")
	f(in("critical", "team=payments service=main-db"), night, "#dba @ops,@owner remind=4h steps=2 payments>payments db")
	f(in("warning", "env=dev"), noon, "#general  remind=1d steps=0 route 3")
	f(in("warning", ""), noon, "#general  remind=0s steps=0 ")
	f(in("critical", "team=payments service=main-db", "#mine"), noon, "#mine @ops,@owner remind=4h steps=2 payments>payments db")

	subbed := table.With([]Subscription{{ID: "1", Channel: "@U1", Matchers: []string{"env=prod"}, By: "ada"}, {ID: "2", Channel: "#ops", By: "ada"}, {ID: "3", Channel: "#x", Matchers: []string{"env=~("}}})
	if got := subbed.Decide(in("info", "env=prod"), noon); len(got) != 2 || got[1].Channel != "@U1" || got[1].Why != "ada subscribed it" {
		t.Errorf("subscriptions add a channel once: %+v", got)
	}
}

func TestTimeline(t *testing.T) {
	t.Parallel()
	table, err := Parse([]byte(`
oncall: [{name: p, members: ["@anna"], starts: 2026-11-02, zone: UTC}]
routes:
  - channels: ["#ops"]
    mention: ["@ops"]
    remind: 4h
    ack_expires: 8h
    limit: {messages: 20, per: 1h}
    quiet: {from: "22:00", to: "07:00", zone: Europe/Berlin, days: [mon-fri], hold: true}
    escalate: [{after: 15m, mention: ["@oncall"]}, {after: 1h, channels: ["#leads"], mention: ["@managers"]}]
`), "#general")
	if err != nil {
		t.Fatal(err)
	}
	got := table.Decide(in("warning", ""), time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC))[0].Timeline()
	want := []string{"first message when the quiet hours end, Tue 1 Dec 07:00 CET",
		"after 15 min without acknowledgement: the thread names @oncall",
		"after 1 h without acknowledgement: the thread names @managers; it is told in #leads too",
		"every 4 h without acknowledgement: a reminder in the thread",
		"an acknowledgement holds for 8 h, then it all begins anew",
		"quiet 22:00–07:00 Europe/Berlin on mon, tue, wed, thu, fri: messages, reminders and escalation wait",
		"more than 20 new messages in 1 h: the next go into one digest, but for critical ones"}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}

func TestQuietOverClockChanges(t *testing.T) {
	t.Parallel()
	berlin, _ := time.LoadLocation("Europe/Berlin")
	night := &Quiet{From: 22 * 60, To: 7 * 60, Zone: "Europe/Berlin"}
	f := func(q *Quiet, at string, want string) {
		t.Helper()
		now, err := time.ParseInLocation("2006-01-02 15:04", at, berlin)
		if err != nil {
			t.Fatal(err)
		}
		until, quiet := q.At(now, "warning")
		got := "no"
		if quiet {
			got = until.Sub(now).String()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
	f(night, "2026-11-30 21:59", "no")
	f(night, "2026-11-30 22:00", "9h0m0s")
	f(night, "2026-12-01 07:00", "no")
	f(night, "2026-03-28 22:00", "8h0m0s")  // clocks go forward
	f(night, "2026-10-24 22:00", "10h0m0s") // and back
	weekend := &Quiet{From: 0, To: 24 * 60, Zone: "Europe/Berlin", Days: 1<<0 | 1<<6}
	f(weekend, "2026-11-28 00:00", "48h0m0s")
	f(weekend, "2026-10-24 00:00", "49h0m0s")
	f(weekend, "2026-11-30 00:00", "no")
	f(&Quiet{From: 22 * 60, To: 7 * 60, Zone: "Europe/Berlin", Days: 1 << 5}, "2026-11-28 03:00", "4h0m0s") // Friday's night
	f(&Quiet{From: 0, To: 0, Zone: "Europe/Berlin", Except: []string{"warning"}}, "2026-11-28 03:00", "no")
}

func TestParseSaysAllThatIsWrong(t *testing.T) {
	t.Parallel()
	_, problems := Read([]byte(`
routes:
  - chanels: ["#x"]
  - channels: ["# x"]
    mention: [ops, "@oncall"]
    quiet: {from: "25:00", to: "07:00", zone: Mars/Base}
    limit: {messages: 0, per: 1h}
    escalate: [{after: 1h, mention: ["@a"]}, {after: 15m, mention: ["@a"]}, {}]
    remind: sometimes
  - {channels: [a]}
oncall:
  - {name: A b, members: ["@oncall"], starts: soon, zone: UTC, every: 5h}
`), "#ops")
	var got []string
	for _, p := range problems {
		got = append(got, p.String())
	}
	text := strings.Join(got, "\n")
	for _, want := range []string{"line 3: unknown key \"chanels\" in a route (did you mean channels?)", "line 3: route 1 leads nowhere", `line 4: channels: "# x" is no channel`,
		`line 5: mention: "ops" names nobody`, `line 6: from: "25:00"`, `line 6: zone: there is no time zone "Mars/Base"`, "line 7: messages: want a number from 1 to 1000",
		"line 8: steps of escalate come in order: 15m is not after 1h", "line 8: a step of escalate needs after", "line 9: remind", "line 10: the route before this one (line 4) matches everything",
		`line 12: name: "A b"`, "line 12: members", "line 12: starts", "line 12: every"} {
		if !strings.Contains(text, want) {
			t.Errorf("not said: %s\nin\n%s", want, text)
		}
	}
}

func TestSample(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../../deploy/routes/routes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Parse(data, "#ops"); err != nil {
		t.Error(err)
	}
}

// TestTreeOfAnyShape compares with the rule said the other way round: a route
// decides if all above it match, no child does, and no sibling before one of
// them matched without continuing.
func TestTreeOfAnyShape(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 2))
	var grow func(depth int) []*Route
	n := 0
	grow = func(depth int) []*Route {
		var out []*Route
		for range r.IntN(4) {
			n++
			m, _ := label.ParseValue(string('a'+rune(r.IntN(3))), []string{"0", "1", "!0", "~0|1"}[r.IntN(4)])
			route := &Route{Name: string(rune(0x4E00 + n)), Matchers: label.Matchers{m}, Continue: r.IntN(2) == 0, Channels: []string{"#c" + string('0'+rune(r.IntN(6)))}}
			if depth > 0 {
				route.Routes = grow(depth - 1)
			}
			out = append(out, route)
		}
		return out
	}
	var reached func(routes []*Route, s label.Set, want *[]string) bool
	reached = func(routes []*Route, s label.Set, want *[]string) bool {
		any := false
		for i, route := range routes {
			stopped := slices.ContainsFunc(routes[:i], func(o *Route) bool { return o.Matchers.Match(s) && !o.Continue })
			if stopped || !route.Matchers.Match(s) {
				continue
			}
			any = true
			if !reached(route.Routes, s, want) {
				*want = append(*want, route.Channels[0])
			}
		}
		return any
	}
	for range 2000 {
		n = 0
		table := Table{routes: grow(3), fallback: "#default"}
		i := in("info", "a="+string('0'+rune(r.IntN(2)))+" b="+string('0'+rune(r.IntN(2)))+" c=2")
		var want, got []string
		if !reached(table.routes, i.Labels, &want) {
			want = []string{"#default"}
		}
		for _, d := range table.Decide(i, time.Unix(0, 0)) {
			got = append(got, d.Channel)
		}
		if !slices.Equal(got, tidy(want)) {
			t.Fatalf("got %q, want %q", got, tidy(want))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(tree))
	f.Add([]byte(file1))
	f.Add([]byte("routes: &a [*a]"))
	f.Add([]byte("routes: [{channels: [x], quiet: {from: '1:00', to: '1:00', zone: UTC, days: [fri-mon]}}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, problems := Read(data, "#ops")
		if len(problems) > 0 {
			return
		}
		for _, severity := range severities {
			for _, d := range table.Decide(in(severity, "team=payments service=main-db env=prod"), time.Unix(1e9, 0)) {
				if d.Channel == "" || len(d.Timeline()) == 0 {
					t.Errorf("a delivery without a channel or words: %+v", d)
				}
			}
		}
		for _, o := range table.Oncall {
			o.Next(time.Unix(1.8e9, 0))
		}
	})
}
