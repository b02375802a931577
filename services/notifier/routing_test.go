package notifier

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
	"github.com/parley-ops/parley/services/notifier/route"
)

// answer writes a command and returns what the person is answered.
func (w *world) answer(l *life, user, text string) chattest.Message {
	w.t.Helper()
	before := len(w.slack.Messages("response"))
	l.command(user, text)
	time.Sleep(5 * time.Second)
	all := w.slack.Messages("response")
	if len(all) == before {
		w.t.Fatalf("%s: no answer", text)
	}
	return all[len(all)-1]
}

func TestSubscriptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.routes = nagging
		l := w.start()
		other := w.start()
		time.Sleep(2 * time.Second)
		if m := w.answer(l, "UVIEWER", "subscribe severity=critical here"); !shows(m, "may be subscribed by @ops") {
			t.Errorf("who may not: %v", m.Blocks)
		}
		me := w.answer(l, "UVIEWER", "subscribe service=checkout me")
		if !shows(me, "/parley unsubscribe s") {
			t.Fatalf("a person: %v", me.Blocks)
		}
		w.publish(incident("i1", 1))
		time.Sleep(time.Minute)
		if got := w.slack.Roots("DUVIEWER"); len(got) != 1 || len(w.slack.Roots(ops)) != 1 {
			t.Errorf("told directly: %v, and in the channel: %v", texts(got), texts(w.slack.Roots(ops)))
		}
		if m := w.answer(l, "UOPERATOR", "subscribe env=prod here"); !shows(m, "env=prod") || !shows(m, "#ops") {
			t.Errorf("a channel: %v", m.Blocks)
		}
		if m := w.answer(l, "UOPERATOR", "subscribe env=prod here"); !shows(m, "hears of that already") {
			t.Errorf("twice: %v", m.Blocks)
		}
		show := w.answer(other, "UVIEWER", "route show")
		if !shows(show, "all: everything → #ops") || !shows(show, "service=checkout → @uviewer") {
			t.Errorf("shown: %v", show.Blocks)
		}
		subs := other.n.routing.Table().Subscriptions()
		if len(subs) != 2 {
			t.Fatalf("subscriptions: %+v", subs)
		}
		if m := w.answer(l, "UVIEWER", "unsubscribe "+subs[1].ID); !shows(m, "who_may_subscribe") {
			t.Errorf("another's: %v", m.Blocks)
		}
		if m := w.answer(l, "UVIEWER", "unsubscribe "+subs[0].ID); !shows(m, "does not hear of that any more") {
			t.Errorf("one's own: %v", m.Blocks)
		}
		w.publish(incident("i2", 1))
		time.Sleep(time.Minute)
		if got := w.slack.Roots("DUVIEWER"); len(got) != 1 || len(w.slack.Roots(ops)) != 2 {
			t.Errorf("unsubscribed, and yet: %v", texts(got))
		}
	})
}

func TestRouteTestAndOncallInChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.routes = nagging
		l := w.start()
		time.Sleep(2 * time.Second)
		m := w.answer(l, "UVIEWER", "route test service=checkout severity=critical at 22:30")
		for _, want := range []string{"#ops", "first message at once, names @ops, @owner", "after 15 min without acknowledgement: the thread names @oncall", "every 4 h without acknowledgement"} {
			if !shows(m, want) {
				t.Errorf("route test does not say %q: %v", want, m.Blocks)
			}
		}
		if m := w.answer(l, "UVIEWER", "route test severity=fatal"); !shows(m, "want info, warning or critical") {
			t.Errorf("a wrong severity: %v", m.Blocks)
		}
		if m := w.answer(l, "UVIEWER", "oncall"); !shows(m, "@USECOND") {
			t.Errorf("on call: %v", m.Blocks)
		}
		if m := w.answer(l, "UVIEWER", "oncall override me until 4h"); !shows(m, "may say") {
			t.Errorf("who may not: %v", m.Blocks)
		}
		if m := w.answer(l, "USECOND", "oncall override @UOPERATOR until 4h"); !shows(m, "is on call for primary") {
			t.Errorf("who is on call: %v", m.Blocks)
		}
		w.publish(incident("i1", 1))
		time.Sleep(16 * time.Minute)
		if p := pings(w, w.one(ops)); len(p) != 1 || !shows(p[0], "<@UOPERATOR>") {
			t.Errorf("the one who stands in is not named: %v", texts(p))
		}
		time.Sleep(4 * time.Hour)
		if m := w.answer(l, "UVIEWER", "oncall primary"); !shows(m, "@USECOND") || shows(m, "stands in") {
			t.Errorf("it ended: %v", m.Blocks)
		}
		e, err := bus.RoutesInForce.Get(t.Context(), w.b.Conn("operator"), "file")
		if err != nil {
			t.Fatal(err)
		}
		f, err := route.ReadInForce(e.Value)
		if err != nil || f.Default != "#ops" || !strings.Contains(f.File, "escalate") {
			t.Errorf("in force: %+v %v", f, err)
		}
	})
}
