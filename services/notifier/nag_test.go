package notifier

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

const nagging = `
oncall:
  - {name: primary, members: ["@USECOND"], starts: 1999-01-01, every: 1w, zone: UTC}
routes:
  - name: all
    channels: ["#ops"]
    mention: {critical: ["@ops", "@owner"]}
    remind: 4h
    ack_expires: 8h
    escalate: [{after: 15m, mention: ["@oncall"]}, {after: 1h, channels: ["#general"], mention: ["@managers"]}]
`

// pings returns the replies that are reminders and the like.
func pings(w *world, root chattest.Message) []chattest.Message {
	var out []chattest.Message
	for _, m := range w.slack.Thread(root.TS) {
		if _, part := m.Part(); strings.HasPrefix(part, "remind") || strings.HasPrefix(part, "escalate") || strings.HasPrefix(part, "unacked") || strings.HasPrefix(part, "raised") {
			out = append(out, m)
		}
	}
	return out
}

func owned(id, owner string) *eventv1.IncidentChanged {
	c := incident(id, 1)
	c.Labels = append(c.Labels, &eventv1.Label{Name: "owner", Value: owner})
	return c
}

func TestNobodyAcknowledges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.routes = nagging
		l := w.start()
		time.Sleep(time.Second)
		w.publish(owned("i1", "uoperator"))
		time.Sleep(time.Minute)
		root := w.one(ops)
		if !shows(root, "<!subteam^S0000000OPS>") || !shows(root, "<@UOPERATOR>") {
			t.Errorf("the first message names nobody: %v", root.Blocks)
		}
		time.Sleep(15 * time.Minute)
		if p := pings(w, root); len(p) != 1 || !shows(p[0], "<@USECOND>") || !shows(p[0], "nobody acknowledged this within 15 min") {
			t.Fatalf("first step: %v", texts(p))
		}
		time.Sleep(45 * time.Minute)
		if p := pings(w, root); len(p) != 2 || !shows(p[1], "@managers") || !shows(p[1], "it is told in #general too") {
			t.Fatalf("second step: %v", texts(p))
		}
		leads := w.one("C000GENERAL")
		if !shows(leads, "heap is 97 % on checkout") || !shows(leads, "told here because nobody acknowledged it in #ops") || !shows(leads, "@managers") {
			t.Errorf("the further channel: %v", leads.Blocks)
		}
		time.Sleep(3 * time.Hour)
		p := pings(w, root)
		if len(p) != 3 || !shows(p[2], "nobody acknowledged it for 4 h") || !shows(p[2], "<!subteam^S0000000OPS>") {
			t.Fatalf("reminder: %v", texts(p))
		}
		for _, c := range w.slack.Calls("chat.postMessage") {
			if p := c.Form.Get("metadata"); strings.Contains(p, "remind-") && c.Form.Get("reply_broadcast") != "true" {
				t.Errorf("a critical reminder is not broadcast: %v", c.Form)
			}
		}
		value, _ := button(w.one(ops), "acknowledge")
		l.click("UOPERATOR", ops, root.TS, "acknowledge", value, 1)
		time.Sleep(7 * time.Hour)
		if p := pings(w, root); len(p) != 3 {
			t.Fatalf("acknowledged, and yet: %v", texts(p))
		}
		if shows(w.one(ops), "<!subteam") || !shows(w.one(ops), "named: @ops, @owner") {
			t.Errorf("an edit names people anew: %v", w.one(ops).Blocks)
		}
		time.Sleep(time.Hour + 2*time.Minute)
		if p := pings(w, root); len(p) != 4 || !shows(p[3], "<@UOPERATOR>") || !shows(p[3], "the acknowledgement has ended after 8 h") {
			t.Fatalf("expired: %v", texts(p))
		}
		if _, ok := button(w.one(ops), "acknowledge"); !ok {
			t.Error("it cannot be acknowledged again")
		}
		time.Sleep(16 * time.Minute)
		if p := pings(w, root); len(p) != 5 || !shows(p[4], "<@USECOND>") {
			t.Fatalf("the escalation does not begin anew: %v", texts(p))
		}
		w.publish(resolved(owned("i1", "uoperator"), 2))
		time.Sleep(9 * time.Hour) // longer than any step
		if p := pings(w, root); len(p) != 5 {
			t.Errorf("resolved, and yet: %v", texts(p))
		}
		if f := w.slack.Faults(); len(f) > 0 {
			t.Errorf("Slack refused: %v", f)
		}
	})
}

// TestNaggedOnceWhateverDies kills one of two instances at every moment around
// a reminder and the steps: each is told once.
func TestNaggedOnceWhateverDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, after := range []time.Duration{0, 20 * time.Millisecond, time.Millisecond, 300 * time.Millisecond, 2 * time.Second}[:nagKills] {
			w := newWorld(t)
			w.routes = nagging
			a, b := w.start(), w.start()
			time.Sleep(time.Second)
			w.publish(incident("i1", 1))
			time.Sleep(5 * time.Minute)
			root := w.one(ops)
			time.Sleep(time.Until(root.At.Add(15*time.Minute)) + after)
			a.kill()
			time.Sleep(10 * time.Minute)
			if p := pings(w, root); len(p) != 1 {
				t.Fatalf("killed %s after the step: %v", after, texts(p))
			}
			c := w.start()
			time.Sleep(35*time.Minute + after)
			b.kill()
			time.Sleep(20 * time.Minute)
			if p := pings(w, root); len(p) != 2 || len(w.slack.Roots("C000GENERAL")) != 1 {
				t.Fatalf("killed %s after the second step: %v, %v", after, texts(p), texts(w.slack.Roots("C000GENERAL")))
			}
			time.Sleep(3*time.Hour + 10*time.Minute)
			if p := pings(w, root); len(p) != 3 {
				t.Fatalf("reminder: %v", texts(p))
			}
			c.kill()
			time.Sleep(time.Second)
		}
	})
}

func TestQuietHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		// A bubble begins on 1 January 2000 at midnight UTC: 01:00 in Berlin.
		w.routes = `
routes:
  - name: held
    match: {service: night}
    channels: ["#cost"]
    mention: ["@ops"]
    remind: 2h
    quiet: {from: "22:00", to: "07:00", zone: Europe/Berlin, except: [critical], hold: true}
  - name: hushed
    channels: ["#ops"]
    mention: ["@ops"]
    remind: 2h
    quiet: {from: "22:00", to: "07:00", zone: Europe/Berlin, except: [critical]}
`
		w.start()
		time.Sleep(time.Second)
		hushed, held, over := incident("hushed", 1), incident("held", 1), incident("over", 1)
		hushed.Severity = eventv1.Severity_SEVERITY_WARNING
		for _, c := range []*eventv1.IncidentChanged{held, over} {
			c.Severity, c.Labels = eventv1.Severity_SEVERITY_WARNING, []*eventv1.Label{{Name: "service", Value: "night"}}
		}
		w.publish(hushed, held, over)
		time.Sleep(4 * time.Hour)
		root := w.one(ops)
		if shows(root, "subteam") || len(pings(w, root)) != 0 {
			t.Errorf("quiet hours, and yet people are named: %v %v", root.Blocks, texts(pings(w, root)))
		}
		if got := w.slack.Roots(cost); len(got) != 0 {
			t.Fatalf("held, and yet told: %v", texts(got))
		}
		loud := incident("loud", 1)
		w.publish(loud)
		time.Sleep(time.Minute)
		if roots := w.slack.Roots(ops); len(roots) != 2 || !shows(roots[1], "subteam") {
			t.Errorf("critical is excepted: %v", texts(roots))
		}
		w.publish(resolved(over, 2))
		time.Sleep(2 * time.Hour) // 07:01 in Berlin
		if m := w.one(cost); !shows(m, "subteam") {
			t.Errorf("told in the morning, naming nobody: %v", m.Blocks)
		}
		if p := pings(w, root); len(p) != 1 || !shows(p[0], "subteam") {
			t.Errorf("the reminder that waited: %v", texts(p))
		}
	})
}

func TestRaisedNamesThoseOfTheHigherSeverity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.routes = nagging
		w.start()
		time.Sleep(time.Second)
		c := incident("i1", 1)
		c.Severity = eventv1.Severity_SEVERITY_WARNING
		w.publish(c)
		time.Sleep(time.Minute)
		root := w.one(ops)
		if shows(root, "subteam") {
			t.Error("a warning names people")
		}
		worse := incident("i1", 2)
		worse.Reason = eventv1.IncidentReason_INCIDENT_REASON_UPDATED
		w.publish(worse)
		time.Sleep(time.Minute)
		if p := pings(w, root); len(p) != 1 || !shows(p[0], "<!subteam^S0000000OPS>") || !shows(p[0], "now critical") {
			t.Errorf("raised: %v", texts(p))
		}
	})
}

// TestAStormNamesPeopleOnce: thirty incidents at once are one message, which
// names those whom their route names; edits name nobody anew.
func TestAStormNamesPeopleOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.routes = nagging
		w.start()
		time.Sleep(time.Second)
		var all []*eventv1.IncidentChanged
		for i := range 30 {
			all = append(all, owned(fmt.Sprintf("i%02d", i), "usecond"))
		}
		w.publish(all...)
		time.Sleep(time.Minute)
		group := 0
		for _, m := range w.slack.Roots(ops) {
			if shows(m, "opened together") {
				group++
			}
		}
		posts := w.slack.Calls("chat.postMessage")
		named := 0
		for _, c := range posts {
			if strings.Contains(c.Form.Get("text"), "opened together") && strings.Contains(c.Form.Get("blocks"), "subteam^S0000000OPS") && strings.Contains(c.Form.Get("blocks"), "@USECOND") {
				named++
			}
		}
		if group != 1 || named != 1 {
			t.Errorf("%d groups, %d of them name people: %v", group, named, texts(w.slack.Roots(ops)))
		}
	})
}
