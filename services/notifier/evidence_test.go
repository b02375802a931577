package notifier

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/evidence"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

// TestHowIncidentsEndedIsRemembered: each incident that was told is in the evidence
// once with how it ended, also if the notifier dies before it wrote that down, and
// if somebody says later what they think of it; the next one's message says so.
func TestHowIncidentsEndedIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		told := func(i int) *eventv1.IncidentChanged {
			c := incident(fmt.Sprint("inc", i), 1)
			w.publish(c)
			time.Sleep(2 * time.Second)
			return c
		}
		for i := range 4 { // nobody cares
			w.publish(resolved(told(i), 2))
			time.Sleep(time.Minute)
		}
		c := told(4)
		l.click("UOPERATOR", ops, w.slack.Roots(ops)[4].TS, message.AckButton, c.GetId(), 1)
		time.Sleep(2 * time.Second)
		w.publish(resolved(c, 2))
		time.Sleep(time.Second)
		l.kill() // before it is written down
		ended := func() map[string]eventv1.Outcome {
			e, err := bus.Evidences.Get(t.Context(), w.b.Conn("admin"), evidence.Key(c.GetPolicy()))
			if err != nil {
				t.Fatal(err)
			}
			out := map[string]eventv1.Outcome{}
			for _, in := range e.Value.GetIncidents() {
				if _, twice := out[in.GetId()]; twice {
					t.Errorf("%s is there twice", in.GetId())
				}
				out[in.GetId()] = in.GetOutcome()
			}
			return out
		}
		if n := len(ended()); n != 4 {
			t.Fatalf("%d ended before the kill, want 4", n)
		}
		l = w.start()
		time.Sleep(time.Minute)
		got := ended()
		for i, want := range []eventv1.Outcome{eventv1.Outcome_OUTCOME_IGNORED, eventv1.Outcome_OUTCOME_IGNORED, eventv1.Outcome_OUTCOME_IGNORED, eventv1.Outcome_OUTCOME_IGNORED, eventv1.Outcome_OUTCOME_ACKNOWLEDGED} {
			if o := got[fmt.Sprint("inc", i)]; o != want {
				t.Errorf("inc%d: %v, want %v", i, o, want)
			}
		}
		l.command("UOPERATOR", "feedback inc0 noise a deploy")
		time.Sleep(time.Minute)
		if o := ended()["inc0"]; o != eventv1.Outcome_OUTCOME_NOISE {
			t.Errorf("inc0 after it was called noise: %v", o)
		}
		told(5)
		if m := w.slack.Roots(ops)[5]; !shows(m, "importance middling: of the last 5 here 1 was acknowledged, 3 went away unheeded, 1 was called noise") {
			t.Errorf("the message: %v", m.Blocks)
		}
	})
}
