package notifier

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
	"github.com/parley-ops/parley/services/notifier/internal/message"
	"github.com/parley-ops/parley/services/notifier/internal/seal"
)

// idle returns an incident about an instance that nobody uses, whose owner is
// asked.
func idle(id string, version uint32, otherwise string) *eventv1.IncidentChanged {
	c := incident(id, version)
	c.Policy, c.Severity, c.Channels, c.Actions = "aws-idle-instance", eventv1.Severity_SEVERITY_WARNING, []string{"#cost"}, []string{"stop-instance", "keep-7-days"}
	c.Labels = []*eventv1.Label{{Name: "account_name", Value: "shop"}, {Name: "instance_id", Value: "i-" + id}, {Name: "name", Value: "batch-report"}, {Name: "owner", Value: "uoperator"},
		{Name: "region", Value: "eu-west-1"}, {Name: "resource", Value: "i-" + id}}
	c.Summary = "batch-report has idled 9 d and costs about $312 a month"
	c.Conditions = []*eventv1.ConditionState{{Metric: "aws.waste.idle_instance.usd_month", Text: "above 0", Kind: "above", Holds: true, Value: 312, HasThreshold: true, Peak: 312, Unit: "USD", ValueAt: timestamppb.Now()},
		{Metric: "aws.waste.idle_instance.hours", Text: "above 0", Kind: "above", Holds: true, Value: 216, HasThreshold: true, Peak: 216, Unit: "h", ValueAt: timestamppb.Now()}}
	c.Ask = &eventv1.Ask{Owner: "uoperator", Question: "is batch-report still needed?", Within: durationpb.New(time.Hour), Otherwise: otherwise}
	return c
}

// offerStops offers the actions of waste; what stops names who may.
func (w *world) offerStops(allow ...string) {
	for _, doc := range []*eventv1.ActionDocument{{Name: "stop-instance", Title: "Stop now", Allow: append([]string{"@ops"}, allow...), Undo: "start-instance", UndoWithin: durationpb.New(24 * time.Hour)},
		{Name: "start-instance", Title: "Start again", Allow: []string{"@ops"}}, {Name: "keep-7-days", Title: "Keep 7 days", Allow: []string{"@ops"}}} {
		if _, err := bus.ActionsOffered.Put(w.t.Context(), w.b.Conn("actioner"), doc.Name, doc); err != nil {
			w.t.Fatal(err)
		}
	}
}

// stopped plays that a run was done and can be undone.
func (w *world) stopped(ask *eventv1.RunRequested, version uint32) *eventv1.RunChanged {
	w.t.Helper()
	c := &eventv1.RunChanged{RunId: ask.GetRunId(), Version: version, State: eventv1.RunState_RUN_STATE_DONE, Action: ask.GetAction(), Incident: ask.GetIncident(), At: timestamppb.Now(),
		RequestedBy: ask.GetActor(), RequestedAt: ask.GetAt(), FinishedAt: timestamppb.Now(), StartedAt: ask.GetAt(), Result: "i-1 is stopped", SavingUsdPerHour: 0.428,
		Resource: "111122223333/eu-west-1/i-1", Parameters: map[string]string{"instance_id": "i-1"}, UndoAction: "start-instance", UndoUntil: timestamppb.New(time.Now().Add(time.Hour))}
	w.changed(c)
	return c
}

func (w *world) changed(c *eventv1.RunChanged) {
	w.t.Helper()
	id := "run/" + c.GetRunId() + "/" + time.Now().String()
	if _, err := bus.Publish(w.t.Context(), w.b.Conn("actioner"), bus.Runs(c.GetRunId()), id, c); err != nil {
		w.t.Fatal(err)
	}
}

func TestTheOwnerIsAskedAndTheDefaultIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.offerStops("parley")
		l := w.start()
		w.publish(idle("inc1", 1, "stop-instance"))
		time.Sleep(2 * time.Second)
		m := w.one(cost)
		for _, want := range []string{"<@UOPERATOR>, *is batch-report still needed?*", "If nobody answers by <!date^", "this is done: Stop now", "list price"} {
			if !shows(m, want) {
				t.Errorf("the message does not show %q: %v", want, m.Blocks)
			}
		}
		if !strings.HasPrefix(m.Text, "@uoperator, is batch-report still needed?") {
			t.Errorf("the notification says %q", m.Text)
		}
		time.Sleep(20 * time.Minute)
		l.kill() // it forgets nothing
		time.Sleep(20 * time.Minute)
		w.start()
		w.start()
		time.Sleep(15 * time.Minute)
		if n := asked(t, w); n != 0 {
			t.Fatalf("%d runs before the time is over", n)
		}
		time.Sleep(6 * time.Minute)
		if n := asked(t, w); n != 1 {
			t.Fatalf("%d runs after it, want 1", n)
		}
		ask := lastAsked(t, w)
		if ask.GetAction() != "stop-instance" || ask.GetActor().GetPerson().GetId() != "parley" || ask.GetActor().GetBackend() != "parley" || ask.GetIncident().GetId() != "inc1" || ask.GetChannelId() != cost {
			t.Errorf("asked %v", ask)
		}
		if m := w.one(cost); shows(m, "still needed?") || !shows(m, "Parley, because nobody answered") {
			t.Errorf("shows %v", m.Blocks)
		}
		if !contains(w.slack.Thread(m.TS), "nobody answered within 1 h: Stop now is asked for") {
			t.Errorf("the thread says %v", texts(w.slack.Thread(m.TS)))
		}
		time.Sleep(time.Hour)
		if n := asked(t, w); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestAnAnswerIsAnAnswer(t *testing.T) {
	f := func(what string, otherwise string, do func(w *world, l *life, m chattest.Message), says string) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.offerStops()
			l := w.start()
			w.publish(idle("inc1", 1, otherwise))
			time.Sleep(2 * time.Second)
			before := asked(t, w)
			if do != nil {
				do(w, l, w.one(cost))
			}
			time.Sleep(5 * time.Second)
			mine := asked(t, w)
			time.Sleep(65 * time.Minute)
			if n := asked(t, w); n != mine || do == nil && n != before {
				t.Errorf("%s: %d runs more", what, n-mine)
			}
			if got := contains(w.slack.Thread(w.one(cost).TS), "nobody answered"); got != (says != "") {
				t.Errorf("%s: says that nobody answered: %v", what, got)
			}
			if says != "" && !contains(w.slack.Thread(w.one(cost).TS), says) {
				t.Errorf("%s: %v, want %q", what, texts(w.slack.Thread(w.one(cost).TS)), says)
			}
			if shows(w.one(cost), "still needed?") {
				t.Errorf("%s: it is still asked", what)
			}
		})
	}
	f("nobody answers and it is kept", "", nil, "nobody answered within 1 h: it is kept as it is")
	f("the action does not name parley", "stop-instance", nil, "Stop now was to be run, but its allow list does not name parley; it is kept as it is")
	f("no such action", "stop-database", nil, "no actioner offers it")
	f("acknowledged", "stop-instance", func(w *world, l *life, m chattest.Message) {
		l.click("UVIEWER", cost, m.TS, message.AckButton, "inc1", 1)
	}, "")
	f("kept by its button", "stop-instance", func(w *world, l *life, m chattest.Message) {
		v, _ := button(m, "run:keep-7-days")
		l.click("UOPERATOR", cost, m.TS, "run:keep-7-days", v, 1)
	}, "")
	f("silenced for an hour", "stop-instance", func(w *world, l *life, m chattest.Message) {
		l.click("UOPERATOR", cost, m.TS, message.SilenceMenu, "inc1."+message.Silence1h, 1)
	}, "")
}

func TestAStopCanBeUndone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.offerStops()
		l := w.start()
		c := idle("inc1", 1, "")
		w.publish(c)
		time.Sleep(2 * time.Second)
		m := w.one(cost)
		value, _ := button(m, "run:stop-instance")
		l.click("UOPERATOR", cost, m.TS, "run:stop-instance", value, 3)
		time.Sleep(time.Second)
		if n := asked(t, w); n != 1 {
			t.Fatalf("asked %d times for one stop", n)
		}
		stop := w.stopped(lastAsked(t, w), 1)
		over := resolved(c, 2)
		over.Conditions = c.GetConditions()
		w.publish(over) // it is idle no more
		time.Sleep(10 * time.Second)

		reply, undo := w.reply(m.TS, message.UndoButton)
		if undo == "" {
			t.Fatalf("no button to undo it: %v", texts(w.slack.Thread(m.TS)))
		}
		l.click("UVIEWER", cost, reply, message.UndoButton, undo, 1)
		time.Sleep(time.Second)
		if n := asked(t, w); n != 1 {
			t.Error("undone by one who may not")
		}
		l.click("USECOND", cost, reply, message.UndoButton, undo, 3)
		time.Sleep(2 * time.Second)
		ask := lastAsked(t, w)
		if n := asked(t, w); n != 2 || ask.GetUndoOf() != stop.GetRunId() || ask.GetAction() != "start-instance" || ask.GetParameters()["instance_id"] != "i-1" ||
			ask.GetActor().GetPerson().GetId() != "USECOND" {
			t.Fatalf("%d runs, the last %v", n, ask)
		}
		time.Sleep(5 * time.Second)
		if _, again := w.reply(m.TS, message.UndoButton); again != "" {
			t.Error("it is offered again while it is under way")
		}
		// The undo fails: it may be tried again, until the time is over.
		failed := &eventv1.RunChanged{RunId: ask.GetRunId(), Version: 1, State: eventv1.RunState_RUN_STATE_FAILED, Action: ask.GetAction(), Incident: ask.GetIncident(), UndoOf: ask.GetUndoOf(),
			RequestedBy: ask.GetActor(), RequestedAt: ask.GetAt(), Result: "no capacity"}
		w.changed(failed)
		stop.Version, stop.Result = 2, "i-1 is stopped still"
		w.changed(stop)
		time.Sleep(10 * time.Second)
		reply, undo = w.reply(m.TS, message.UndoButton)
		if undo == "" {
			t.Fatal("a failed undo cannot be tried again")
		}
		time.Sleep(65 * time.Minute)
		if _, still := w.reply(m.TS, message.UndoButton); still != "" {
			t.Error("it is offered for ever")
		}
		l.click("USECOND", cost, reply, message.UndoButton, undo, 1)
		time.Sleep(2 * time.Second)
		if n := asked(t, w); n != 2 {
			t.Errorf("undone after the end: %d", n)
		}
		if !strings.Contains(last(w.answers()), "cannot be undone with this button any more") {
			t.Errorf("said %q", last(w.answers()))
		}
	})
}

func TestButtonsOfOthersAndOfLongAgoAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.offerStops()
		l := w.start()
		w.publish(idle("inc1", 1, ""))
		other := idle("inc2", 1, "")
		other.Channels = []string{"#cost", "#ops"}
		w.publish(other)
		time.Sleep(5 * time.Second)
		var mine, theirs, elsewhere chattest.Message
		for _, m := range w.slack.Roots(cost) {
			if id, _ := m.Part(); id == "inc1" {
				mine = m
			} else {
				theirs = m
			}
		}
		elsewhere = w.one(ops)
		v1, _ := button(mine, "run:stop-instance")
		v2, _ := button(theirs, "run:stop-instance")
		f := func(what, channel, ts, action, value, want string) {
			t.Helper()
			before := asked(t, w)
			l.click("UOPERATOR", channel, ts, action, value, 1)
			time.Sleep(2 * time.Second)
			if n := asked(t, w); n != before {
				t.Errorf("%s: a run was asked for", what)
			}
			if got := last(w.answers()); !strings.Contains(got, want) {
				t.Errorf("%s: said %q, want %q", what, got, want)
			}
		}
		f("made up", cost, mine.TS, "run:stop-instance", "inc1.0123456789.1.zzzzzz.AAAAAAAAAAAAAAAAAAAAAAAA", "not one of ours")
		f("for another button", cost, mine.TS, "run:keep-7-days", v1, "not one of ours")
		f("on another incident's message", cost, mine.TS, "run:stop-instance", v2, "belongs to another message")
		f("in another channel", ops, elsewhere.TS, "run:stop-instance", v1, "not one of ours")
		f("with another incident's id", cost, theirs.TS, "run:stop-instance", strings.Replace(v1, "inc1", "inc2", 1), "not one of ours")
		long := l.n.key.Key().Sign(seal.Claim{Do: "run:stop-instance", Incident: "inc1", Run: strings.Split(v1, ".")[1], Channel: cost, Version: 1, Expires: time.Now().Add(-time.Hour)})
		f("of a week ago", cost, mine.TS, "run:stop-instance", long, "too old")
		time.Sleep(5 * time.Second)
		for _, m := range w.slack.Roots(cost) {
			if m.TS == mine.TS {
				mine = m
			}
		}
		fresh, _ := button(mine, "run:stop-instance")
		if fresh == v1 {
			t.Fatal("the message has no fresh buttons")
		}
		before := asked(t, w)
		l.click("UOPERATOR", cost, mine.TS, "run:stop-instance", fresh, 1)
		time.Sleep(2 * time.Second)
		if n := asked(t, w); n != before+1 {
			t.Errorf("the fresh button: %d runs, said %q", n-before, last(w.answers()))
		}
	})
}

func TestARefusalReachesWhoAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.offerStops()
		l := w.start()
		w.publish(idle("inc1", 1, ""))
		time.Sleep(2 * time.Second)
		m := w.one(cost)
		value, _ := button(m, "run:stop-instance")
		l.click("UOPERATOR", cost, m.TS, "run:stop-instance", value, 1)
		time.Sleep(time.Second)
		ask := lastAsked(t, w)
		no := &eventv1.RunChanged{RunId: ask.GetRunId(), Version: 1, State: eventv1.RunState_RUN_STATE_REFUSED, Action: ask.GetAction(), Incident: ask.GetIncident(),
			RequestedBy: ask.GetActor(), RequestedAt: ask.GetAt(), ChannelId: ask.GetChannelId(), Result: "batch-report is protected by its tag parley:protected"}
		w.changed(no)
		w.changed(no)
		time.Sleep(10 * time.Second)
		told := 0
		for _, x := range w.slack.Messages(cost) {
			if x.To == "UOPERATOR" && strings.Contains(x.Text, "Stop now was refused, nothing was done: batch-report is protected") {
				told++
			}
		}
		if told != 1 {
			t.Errorf("told %d times", told)
		}
		if !contains(w.slack.Thread(m.TS), "refused") || !shows(w.one(cost), "refused") {
			t.Errorf("the thread says %v", texts(w.slack.Thread(m.TS)))
		}
	})
}

func TestQuestionsAreNotLostInAStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start()
		var all []*eventv1.IncidentChanged
		for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			c := incident("storm"+id, 1)
			c.Channels = []string{"#cost"}
			all = append(all, c)
		}
		w.publish(append(all, idle("inc1", 1, ""), idle("inc2", 1, ""))...)
		time.Sleep(30 * time.Second)
		questions := 0
		for _, m := range w.slack.Roots(cost) {
			if shows(m, "still needed?") {
				questions++
			}
		}
		if questions != 2 {
			t.Errorf("%d questions in %v", questions, texts(w.slack.Roots(cost)))
		}
		w.drained(t)
	})
}

// reply returns the reply in a thread that has a button, and its value.
func (w *world) reply(thread, id string) (ts, value string) {
	for _, r := range w.slack.Thread(thread) {
		if v, ok := button(r, id); ok {
			return r.TS, v
		}
	}
	return "", ""
}

func contains(ms []chattest.Message, text string) bool {
	for _, m := range ms {
		if shows(m, text) {
			return true
		}
	}
	return false
}

func last(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[len(texts)-1]
}
