package notifier

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/evidence"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"google.golang.org/protobuf/proto"
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

// TestWhatIsAskedAboutNoiseFits into a message: of the noisiest first.
func TestWhatIsAskedAboutNoiseFits(t *testing.T) {
	t.Parallel()
	e := &endings{known: map[string]*eventv1.Evidence{}}
	for i := range 40 {
		one := &eventv1.Evidence{Policy: fmt.Sprintf("p%02d", i)}
		for k := range evidence.Most {
			o := eventv1.Outcome_OUTCOME_ACTED
			if k < 3*i {
				o = eventv1.Outcome_OUTCOME_NOISE
			}
			one.Incidents = append(one.Incidents, &eventv1.EndedIncident{Id: fmt.Sprint(i, k), Outcome: o, Labels: []*eventv1.Label{{Name: "resource", Value: strings.Repeat("x", 250)}}})
		}
		e.known[one.Policy] = one
	}
	got, size := e.Noisy(), 0
	for i, one := range got {
		if size += proto.Size(one); one.GetPolicy() != fmt.Sprintf("p%02d", 39-i) {
			t.Errorf("%d: %s", i, one.GetPolicy())
		}
	}
	if len(got) < 5 || len(got) == 20 || size > noisyBytes {
		t.Errorf("%d policies, %d bytes", len(got), size)
	}
}
