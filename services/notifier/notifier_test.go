package notifier

import (
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

func TestAnIncidentIsOneMessageThroughItsLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		time.Sleep(time.Second)

		c := incident("inc1", 1)
		began := time.Now()
		w.publish(c)
		w.within(time.Second, "the message", func() bool { return len(w.slack.Roots(ops)) == 1 })
		if d := time.Since(began); d > 50*time.Millisecond {
			t.Errorf("posted after %s, want at most 50 ms", d)
		}
		m := w.one(ops)
		for _, text := range []string{"heap is 97 % on checkout", "CRITICAL", "service=checkout", "97.2 %", "above 80", "peak 98 %", "was 45 %", "inc1", "`heap`"} {
			if !shows(m, text) {
				t.Errorf("the message does not show %q", text)
			}
		}
		if _, ok := button(m, "run:not-offered"); ok {
			t.Error("an action that nobody offers has a button")
		}
		value, ok := button(m, "run:collect-garbage")
		if !ok {
			t.Fatal("no button for the offered action")
		}

		w.chart(&eventv1.ChartRendered{IncidentId: "inc1", IncidentVersion: 1, AltText: "heap 97 %, above 80"})
		w.within(10*time.Second, "the chart", func() bool { return shows(w.one(ops), "slack_file") })

		l.click("UOPERATOR", ops, m.TS, message.AckButton, "inc1", 1)
		w.within(5*time.Second, "the acknowledgement", func() bool { return shows(w.one(ops), "<@UOPERATOR> is on it") })

		l.click("UOPERATOR", ops, m.TS, "run:collect-garbage", value, 3)
		l.click("UOPERATOR", ops, m.TS, "run:collect-garbage", value, 1) // another click on the same button
		ask := lastAsked(t, w)
		if ask.GetAction() != "collect-garbage" || len(ask.GetActor().GetGroups()) != 1 || ask.GetIncident().GetId() != "inc1" {
			t.Errorf("asked for %v", ask)
		}
		w.within(5*time.Second, "the run in the message", func() bool { return shows(w.one(ops), "Collect garbage*: requested") })
		if _, ok := button(w.one(ops), "run:collect-garbage"); ok {
			t.Error("the button is still there while the action runs")
		}
		w.runs(t, ask)
		time.Sleep(time.Minute)

		w.publish(resolved(c, 2))
		w.within(5*time.Second, "the end", func() bool { return shows(w.one(ops), "Resolved after 7") })
		time.Sleep(time.Minute)
		m = w.one(ops)
		if _, ok := button(m, message.AckButton); ok || !shows(m, "✅") {
			t.Error("a resolved incident still has buttons, or no sign that it is resolved")
		}
		var thread []string
		for _, r := range w.slack.Thread(m.TS) {
			thread = append(thread, r.Text)
		}
		if len(thread) < 4 {
			t.Errorf("thread %q", thread)
		}
		if n := asked(t, w); n != 1 {
			t.Errorf("%d requests for four clicks, want 1", n)
		}
		if f := w.slack.Faults(); len(f) > 0 {
			t.Errorf("content that Slack refuses: %v", f)
		}
	})
}

// runs plays the actioner: the run starts, ends, and is verified.
func (w *world) runs(t *testing.T, ask *eventv1.RunRequested) {
	t.Helper()
	conn := w.b.Conn("actioner")
	for i, state := range []eventv1.RunState{eventv1.RunState_RUN_STATE_STARTED, eventv1.RunState_RUN_STATE_DONE, eventv1.RunState_RUN_STATE_DONE} {
		c := &eventv1.RunChanged{RunId: ask.GetRunId(), Version: uint32(i + 1), State: state, Action: ask.GetAction(), Incident: ask.GetIncident(),
			RequestedBy: ask.GetActor(), RequestedAt: ask.GetAt(), At: timestamppb.Now(), Plan: "Ask the JVM of checkout", Result: "done"}
		if i == 2 {
			c.Verification = &eventv1.Verification{Effect: eventv1.Effect_EFFECT_RECOVERED, Text: "recovered in 3 min: 97 % → 35 %"}
		}
		if _, err := bus.Publish(t.Context(), conn, bus.Runs(ask.GetRunId()), "run/"+ask.GetRunId()+"/"+string(rune('1'+i)), c); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
	}
	w.chart(&eventv1.ChartRendered{IncidentId: ask.GetIncident().GetId(), IncidentVersion: 1, RunId: ask.GetRunId(), AltText: "before and after"})
	w.within(20*time.Second, "the run's picture in the thread", func() bool {
		for _, r := range w.slack.Thread(w.one(ops).TS) {
			if shows(r, "slack_file") {
				return true
			}
		}
		return false
	})
	if !shows(w.one(ops), "recovered in 3 min") {
		t.Error("the message does not show what came of the run")
	}
}

// lastAsked returns what the actioner was last asked for.
func lastAsked(t *testing.T, w *world) *eventv1.RunRequested {
	t.Helper()
	m, err := bus.LastMessage[*eventv1.ActionMessage](t.Context(), w.b.Conn("admin"), bus.Actions, "actions.req.>")
	if err != nil {
		t.Fatal(err)
	}
	return m.Event.GetRequest()
}

// asked returns how many runs the actioner was asked for.
func asked(t *testing.T, w *world) uint64 {
	t.Helper()
	s, err := w.b.Conn("admin").JetStream().Stream(t.Context(), bus.Actions.Name)
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().State.LastSeq
}
