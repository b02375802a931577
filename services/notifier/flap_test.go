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

// reopen publishes the n-th opening of an incident, after the one before it.
func (w *world) reopen(n int, channels ...string) *eventv1.IncidentChanged {
	c := incident(fmt.Sprintf("flap%04d", n), 1)
	c.Channels = channels
	if n > 0 {
		c.PreviousId = fmt.Sprintf("flap%04d", n-1)
	}
	w.publish(c)
	return c
}

// A service that opens every ten minutes for a day is three messages and two
// replies about it, beside what the first two openings say.
func TestAFlappingServiceForADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		time.Sleep(time.Second)
		const incidents = flapsOfADay
		for n := range incidents {
			c := w.reopen(n, "#ops", "#cost")
			time.Sleep(4 * time.Minute)
			if n == incidents/2 {
				l.kill()
				l = w.start()
			}
			w.publish(resolved(c, 2))
			time.Sleep(6 * time.Minute)
		}
		last := w.slack.Roots(ops)[len(w.slack.Roots(ops))-1]
		if !shows(last, fmt.Sprintf("%dth time", incidents)) || !shows(last, "resolved for now") {
			t.Errorf("the message shows %q", last.Text)
		}
		time.Sleep(2 * time.Hour)
		for _, ch := range []string{ops, cost} {
			roots := w.slack.Roots(ch)
			replies := 0
			for _, m := range roots {
				replies += len(w.slack.Thread(m.TS))
			}
			thread := w.slack.Thread(roots[len(roots)-1].TS)
			t.Logf("%s: %d incidents, %d messages, %d replies, %d of them to the last; edits %d", ch, incidents, len(roots), replies, len(thread), roots[len(roots)-1].Edits)
			if len(roots) != 3 || len(thread) != 2 {
				t.Fatalf("messages %v, replies %v", texts(roots), texts(thread))
			}
			for i, want := range []string{"it flaps: opened 3 times", fmt.Sprintf("it flaps no more, calm for 1 h: opened %d times in ", incidents)} {
				if !shows(thread[i], want) {
					t.Errorf("reply %d is %q", i, thread[i].Text)
				}
			}
			if !shows(roots[2], fmt.Sprintf("it flapped: opened %d times", incidents)) {
				t.Errorf("shows %q", roots[2].Text)
			}
		}
		// After that it is news again.
		c := w.reopen(incidents, "#ops")
		time.Sleep(time.Minute)
		if roots := w.slack.Roots(ops); len(roots) != 4 || strings.Contains(roots[3].Text, "Flapping") {
			t.Errorf("after it was calm: %v", texts(roots))
		}
		w.publish(resolved(c, 2))
		time.Sleep(time.Minute)
		if f := w.slack.Faults(); len(f) > 0 {
			t.Errorf("content that Slack refuses: %v", f)
		}
		w.drained(t)
	})
}

// While it flaps, whoever acts acts on what is open now.
func TestWhatFlapsCanBeActedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		var c *eventv1.IncidentChanged
		for n := range 5 {
			c = w.reopen(n, "#ops")
			time.Sleep(time.Minute)
			if n < 4 {
				w.publish(resolved(c, 2))
				time.Sleep(time.Minute)
			}
		}
		m := w.slack.Roots(ops)[2]
		if value, _ := button(m, "acknowledge"); value != c.GetId() {
			t.Errorf("the button is of %q", value)
		}
		value, _ := button(m, "run:collect-garbage")
		l.click("UOPERATOR", ops, m.TS, "run:collect-garbage", value, 1)
		l.click("UOPERATOR", ops, m.TS, "acknowledge", c.GetId(), 1)
		time.Sleep(time.Minute)
		if n := asked(t, w); n != 1 {
			t.Errorf("%d runs asked for", n)
		}
		if m := w.slack.Roots(ops)[2]; !shows(m, "is on it") || !shows(m, "5th time") {
			t.Errorf("shows %q", m.Text)
		}
		// It stays open: that is news.
		time.Sleep(2 * time.Hour)
		thread := w.slack.Thread(m.TS)
		if last := thread[len(thread)-1]; !shows(last, "has stayed open for 1 h") {
			t.Errorf("the thread ends with %q", last.Text)
		}
	})
}

// TestAKillWhileItFlaps kills the notifier at every call while messages are
// taken over.
func TestAKillWhileItFlaps(t *testing.T) {
	for step := 4; step <= 22; step += killStride {
		t.Run(fmt.Sprint("call ", step), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				l := w.start()
				killed := false
				w.slack.SetFault(func(c chattest.Call) chattest.Fault {
					if c.N < step || killed {
						return chattest.Fault{}
					}
					killed = true
					l.kill()
					return chattest.Fault{Lost: step%2 == 0, Dead: step%2 == 1}
				})
				for n := range 8 {
					c := w.reopen(n, "#ops")
					time.Sleep(3 * time.Minute)
					w.publish(resolved(c, 2))
					time.Sleep(2 * time.Minute)
					if killed {
						l = w.start()
						time.Sleep(2 * time.Minute)
						w.slack.SetFault(nil)
					}
				}
				time.Sleep(20 * time.Minute)
				if roots := w.slack.Roots(ops); len(roots) != 3 || !shows(roots[2], "8th time") {
					t.Errorf("messages %v", texts(roots))
				}
				w.drained(t)
			})
		})
	}
}
