package notifier

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
	"github.com/parley-ops/parley/services/notifier/internal/noise"
)

// together groups by policy and env.
func together(*eventv1.IncidentChanged, string) noise.Rules {
	r := noise.Defaults()
	r.Group = noise.Group{By: []string{"policy", "env"}, Wait: 5 * time.Second}
	return r
}

func member(n int, env string) *eventv1.IncidentChanged {
	c := incident(fmt.Sprintf("memb%04d", n), 1)
	c.Labels = []*eventv1.Label{{Name: "env", Value: env}, {Name: "instance", Value: fmt.Sprintf("web-%d", n)}}
	c.Summary = fmt.Sprintf("heap is 97 %% on web-%d", n)
	c.Severity = eventv1.Severity_SEVERITY_WARNING
	return c
}

func TestRelatedIncidentsAreOneMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.rules = together
		l := w.start()
		time.Sleep(time.Second)
		var all []*eventv1.IncidentChanged
		for n := range 5 {
			all = append(all, member(n, "prod"))
			w.publish(all[n])
			time.Sleep(20 * time.Second)
			if n == 0 && !shows(w.one(ops), "heap is 97 % on web-0") {
				t.Errorf("the first is told as %q", w.one(ops).Text)
			}
		}
		other := member(9, "dev")
		w.publish(other)
		time.Sleep(10 * time.Second)
		roots := w.slack.Roots(ops)
		if len(roots) != 2 {
			t.Fatalf("messages %v", texts(roots))
		}
		m := roots[0]
		if m.Text != "5 incidents · policy=heap env=prod, 5 still open, the worst: heap is 97 % on web-0" || !shows(m, "Acknowledge all 5") {
			t.Errorf("the group says %q", m.Text)
		}
		if n := len(w.slack.Thread(m.TS)); n != 5 { // the first one's, and one for each that joined
			t.Errorf("%d replies: %v", n, texts(w.slack.Thread(m.TS)))
		}

		// Each can be acted on, also after a restart.
		l.kill()
		l = w.start()
		time.Sleep(time.Minute)
		m = w.slack.Roots(ops)[0]
		value := ""
		for _, b := range m.Blocks {
			list, _ := b["elements"].([]any)
			for _, e := range list {
				o, _ := e.(map[string]any)
				if v, _ := o["value"].(string); o["action_id"] == "run:collect-garbage" && strings.HasPrefix(v, all[3].GetId()) {
					value = v
				}
			}
		}
		l.click("UOPERATOR", ops, m.TS, "run:collect-garbage", value, 1)
		time.Sleep(5 * time.Second)
		if n := asked(t, w); n != 1 {
			t.Errorf("%d runs asked for", n)
		}
		l.click("UOPERATOR", ops, m.TS, "acknowledge", all[2].GetId(), 1)
		time.Sleep(10 * time.Second)
		if m = w.slack.Roots(ops)[0]; !shows(m, "is on it since") {
			t.Error("who took one is not shown")
		}
		key, ok := button(m, "acknowledge-group")
		l.click("USECOND", ops, m.TS, "acknowledge-group", key, 1)
		time.Sleep(10 * time.Second)
		if m = w.slack.Roots(ops)[0]; !ok || shows(m, "Acknowledge all") || !shows(m, "<@USECOND> is on it since") {
			t.Errorf("after it was taken: %q", m.Text)
		}

		// A rise of severity is told; the end of all ends the message.
		worse := member(4, "prod")
		worse.Version, worse.Severity, worse.Reason = 2, eventv1.Severity_SEVERITY_CRITICAL, eventv1.IncidentReason_INCIDENT_REASON_UPDATED
		before := len(w.slack.Thread(m.TS))
		w.publish(worse)
		time.Sleep(15 * time.Second)
		if thread := w.slack.Thread(m.TS); len(thread) != before+1 || !shows(thread[before], "now critical") {
			t.Errorf("the thread: %v", texts(thread))
		}
		for _, c := range all {
			w.publish(resolved(c, 3))
		}
		time.Sleep(time.Minute)
		if m = w.slack.Roots(ops)[0]; !shows(m, "Resolved after") || !strings.HasPrefix(m.Text, "All 5 incidents resolved") {
			t.Errorf("at the end: %q", m.Text)
		}
		// Then it is a new message.
		w.publish(member(7, "prod"))
		time.Sleep(10 * time.Second)
		if n := len(w.slack.Roots(ops)); n != 3 {
			t.Errorf("%d messages", n)
		}
		if f := w.slack.Faults(); len(f) > 0 {
			t.Errorf("content that Slack refuses: %v", f)
		}
		w.drained(t)
	})
}

// Two instances agree on the message, and so does one that comes after a kill
// at any call: all are in one message.
func TestAKillWhileAGroupGrows(t *testing.T) {
	for step := 1; step <= 14; step += groupStride {
		for _, after := range []bool{false, true} {
			if testing.Short() && step%4 != 0 {
				continue
			}
			t.Run(fmt.Sprintf("call %d after=%v", step, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { killInGroup(t, step, after) })
			})
		}
	}
}

func threads(w *world, roots []chattest.Message) []chattest.Message {
	var out []chattest.Message
	for _, m := range roots {
		out = append(out, w.slack.Thread(m.TS)...)
	}
	return out
}

func killInGroup(t *testing.T, step int, after bool) {
	const n = 12
	w := newWorld(t)
	w.rules = together
	first := w.start()
	w.start()
	killed := false
	w.slack.SetFault(func(c chattest.Call) chattest.Fault {
		if c.N != step || killed {
			return chattest.Fault{Slow: 30 * time.Millisecond}
		}
		killed = true
		first.kill()
		return chattest.Fault{Lost: after, Dead: !after}
	})
	time.Sleep(time.Second)
	for i := range n {
		w.publish(member(i, "prod"))
		time.Sleep(time.Duration(i%4) * 300 * time.Millisecond)
	}
	time.Sleep(5 * time.Minute)
	w.start()
	time.Sleep(5 * time.Minute)
	if got := w.accounted(ops); got != n {
		t.Errorf("%d of %d incidents are told", got, n)
	}
	roots := w.slack.Roots(ops)
	if len(roots) != 1 {
		t.Fatalf("messages %v", texts(roots))
	}
	lines := map[string]int{}
	for _, m := range threads(w, roots) {
		for i := range n {
			if id := fmt.Sprintf("memb%04d", i); shows(m, "("+id+")") {
				lines[id]++
			}
		}
	}
	for id, times := range lines {
		if times > 1 {
			t.Errorf("the thread tells of %s %d times", id, times)
		}
	}
	w.drained(t)
}
