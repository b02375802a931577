package notifier

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/explain"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

func TestASecondPersonApproves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		w.publish(incident("inc1", 1))
		time.Sleep(2 * time.Second)
		m := w.one(ops)
		value, _ := button(m, "run:collect-garbage")
		l.click("UOPERATOR", ops, m.TS, "run:collect-garbage", value, 1)
		time.Sleep(time.Second)
		ask := lastAsked(t, w)
		w.run(t, ask, 1, eventv1.RunState_RUN_STATE_AWAITING_APPROVAL)
		time.Sleep(10 * time.Second)
		var reply, approve string
		for _, r := range w.slack.Thread(m.TS) {
			if v, ok := button(r, message.ApproveButton); ok {
				reply, approve = r.TS, v
				if !shows(r, "<!subteam^") || !shows(r, "please decide") {
					t.Errorf("those who may approve are not named: %v", r)
				}
			}
		}
		if approve == "" {
			t.Fatal("no button to approve with")
		}
		before := asked(t, w)
		l.click("UOPERATOR", ops, reply, message.ApproveButton, approve, 1) // who asked
		l.click("UVIEWER", ops, reply, message.ApproveButton, approve, 1)   // who may not
		time.Sleep(time.Second)
		if n := asked(t, w) - before; n != 0 {
			t.Fatalf("%d decisions by people who may not decide", n)
		}
		l.click("USECOND", ops, reply, message.ApproveButton, approve, 3)
		time.Sleep(time.Second)
		got, err := bus.LastMessage[*eventv1.ActionMessage](t.Context(), w.b.Conn("admin"), bus.Actions, "actions.req.>")
		if err != nil {
			t.Fatal(err)
		}
		d := got.Event.GetDecision()
		if asked(t, w)-before != 1 || !d.GetApproved() || d.GetPlanHash() != "the plan" || d.GetActor().GetPerson().GetId() != "USECOND" {
			t.Errorf("%d decisions, the last %v", asked(t, w)-before, d)
		}
		w.run(t, ask, 2, eventv1.RunState_RUN_STATE_DONE)
		time.Sleep(10 * time.Second)
		l.click("USECOND", ops, reply, message.ApproveButton, approve, 1) // too late
		time.Sleep(time.Second)
		if asked(t, w)-before != 1 {
			t.Error("a decision after the end")
		}
		if _, ok := button(w.one(ops), "run:collect-garbage"); !ok || !shows(w.one(ops), "Collect garbage again") {
			t.Error("what is over cannot be asked for again")
		}
	})
}

// run plays one change of a run, stored and then told as the actioner does.
func (w *world) run(t *testing.T, ask *eventv1.RunRequested, version uint32, state eventv1.RunState) {
	t.Helper()
	c := &eventv1.RunChanged{RunId: ask.GetRunId(), Version: version, State: state, Action: ask.GetAction(), Incident: ask.GetIncident(), At: timestamppb.Now(),
		RequestedBy: ask.GetActor(), RequestedAt: ask.GetAt(), Plan: "Ask the JVM", PlanHash: "the plan", Approvers: []string{"@ops"}}
	if _, err := bus.ActionRuns.Put(t.Context(), w.b.Conn("actioner"), ask.GetRunId(), &eventv1.RunRecord{Run: c}); err != nil {
		t.Fatal(err)
	}
	if _, err := bus.Publish(t.Context(), w.b.Conn("actioner"), bus.Runs(ask.GetRunId()), fmt.Sprintf("run/%s/%d", ask.GetRunId(), version), c); err != nil {
		t.Fatal(err)
	}
}

func TestOrdersOfTheCommandLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start()
		conn := w.b.Conn("operator")
		order := func(o *eventv1.Order) {
			t.Helper()
			id := fmt.Sprintf("cli/%d", time.Now().UnixNano())
			in := &eventv1.Inbound{Id: id, Backend: "cli", Person: &eventv1.Person{Id: "ann", Name: "ann"}, At: timestamppb.Now(), What: &eventv1.Inbound_Order{Order: o}}
			if _, err := bus.Publish(t.Context(), conn, bus.InboundFrom("cli", "order"), id, in); err != nil {
				t.Fatal(err)
			}
			time.Sleep(3 * time.Second)
		}
		w.publish(incident("inc1", 1))
		time.Sleep(2 * time.Second)
		order(&eventv1.Order{Order: &eventv1.Order_Acknowledge{Acknowledge: &eventv1.AcknowledgeOrder{IncidentId: "inc1", Comment: "looking"}}})
		if !shows(w.one(ops), "ann (command line)* is on it") || !shows(w.one(ops), "looking") {
			t.Error("the message does not show who is on it")
		}
		order(&eventv1.Order{Order: &eventv1.Order_Feedback{Feedback: &eventv1.FeedbackOrder{IncidentId: "inc1", Verdict: "noise", Comment: "a deploy"}}})
		if why, err := explain.Incident(t.Context(), conn, incident("inc1", 1), time.Time.String); err != nil || why.Noise != 1 || why.Useful != 0 {
			t.Errorf("feedback: %+v %v", why, err)
		}
		order(&eventv1.Order{Order: &eventv1.Order_Resolve{Resolve: &eventv1.ResolveOrder{IncidentId: "inc1", Comment: "planned"}}})
		e, err := bus.LastMessage[*eventv1.PartitionEntry](t.Context(), w.b.Conn("admin"), bus.SamplesLog, "samples.v1.*.control")
		if err != nil || e.Event.GetResolve().GetIncidentId() != "inc1" || e.Event.GetResolve().GetBy() != "ann" {
			t.Errorf("%v %v", e, err)
		}
		// ann is not in @ops: her order becomes a dead letter, where the command line looks.
		order(&eventv1.Order{Order: &eventv1.Order_Run{Run: &eventv1.RunOrder{RunId: "r1", Action: "collect-garbage", IncidentId: "inc1"}}})
		d, err := bus.LastMessage[[]byte](t.Context(), w.b.Conn("admin"), bus.DeadLetters, "dlq.notifier.>")
		if err != nil || asked(t, w) != 0 {
			t.Fatalf("%v %v", d, err)
		}
		if why := d.Header.Get(bus.HeaderReason); why != `You may not run "Collect garbage". Those who may: @ops.` {
			t.Errorf("refused: %s", why)
		}

		// A run without an incident is a message of its own.
		doc := &eventv1.ActionDocument{Name: "sweep", Title: "Sweep", Allow: []string{"cli:ann"}}
		if _, err := bus.ActionsOffered.Put(t.Context(), w.b.Conn("actioner"), "sweep", doc); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		order(&eventv1.Order{Order: &eventv1.Order_Run{Run: &eventv1.RunOrder{RunId: "r2", Action: "sweep", Parameters: map[string]string{"a": "b"}}}})
		ask := lastAsked(t, w)
		if ask.GetRunId() != "r2" || ask.GetParameters()["a"] != "b" {
			t.Errorf("asked for %v", ask)
		}
		w.run(t, ask, 1, eventv1.RunState_RUN_STATE_DONE)
		time.Sleep(5 * time.Second)
		if roots := w.slack.Roots(ops); len(roots) != 2 || !shows(roots[1], "Sweep") || !shows(roots[1], "done") {
			t.Errorf("told %v", texts(roots))
		}
	})
}
