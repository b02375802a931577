package notifier

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

func TestForgedOldAndReplayedRequestsAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		time.Sleep(time.Second)
		body := "command=%2Fparley&text=help&user_id=UOPERATOR&channel_id=" + ops + "&trigger_id=1"
		now := time.Now()
		if got := l.signed("/slack/commands", body, now, "signing"); got != 200 {
			t.Errorf("a good request: %d", got)
		}
		for name, status := range map[string]int{
			"replayed":      l.signed("/slack/commands", body, now, "signing"),
			"forged":        l.signed("/slack/commands", body, now.Add(time.Second), "guess"),
			"old":           l.signed("/slack/commands", body, now.Add(-6*time.Minute), "signing"),
			"from tomorrow": l.signed("/slack/commands", body, now.Add(6*time.Minute), "signing"),
			"unsigned":      l.send("/slack/commands", body, "", ""),
			"not hex":       l.send("/slack/commands", body, strconv.FormatInt(now.Unix(), 10), "v0=zz"),
			"elsewhere":     l.signed("/slack/other", body, now.Add(2*time.Second), "signing"),
		} {
			if status == 200 {
				t.Errorf("%s: let through", name)
			}
		}
		if n := l.metric("notifier_refused_total"); n != 7 {
			t.Errorf("%v refusals counted, want 7", n)
		}
		time.Sleep(time.Second)
		if n := len(w.slack.Calls("chat.postEphemeral")); n != 1 {
			t.Errorf("%d answers, want 1", n)
		}
	})
}

func TestWhoMayNotIsToldWhoMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		w.publish(incident("inc1", 1))
		time.Sleep(2 * time.Second)
		m := w.one(ops)
		value, _ := button(m, "run:collect-garbage")
		l.click("UVIEWER", ops, m.TS, "run:collect-garbage", value, 1)
		time.Sleep(time.Second)
		if n := asked(t, w); n != 0 {
			t.Fatalf("%d requests", n)
		}
		said := w.answers()
		if len(said) != 1 || !strings.Contains(said[0], "@ops") {
			t.Errorf("told %q", said)
		}
		l.click("UOPERATOR", ops, m.TS, "run:collect-garbage", "inc1.0123456789", 1) // no button had this
		time.Sleep(time.Second)
		if n := asked(t, w); n != 0 {
			t.Errorf("%d requests for a made-up run", n)
		}
		if n := l.metric("notifier_inbound_refused_total"); n != 2 {
			t.Errorf("%v refusals counted", n)
		}
		a, err := bus.LastMessage[*eventv1.AuditRecord](t.Context(), w.b.Conn("admin"), bus.AuditLog, "audit.>")
		if err != nil || a.Event.GetWhat() != "refused" {
			t.Errorf("audit: %v %v", a, err)
		}
	})
}

// answers returns what people were told alone.
func (w *world) answers() []string {
	var out []string
	for _, m := range w.slack.Messages("response") {
		text := m.Text
		for _, b := range m.Blocks {
			if o, ok := b["text"].(map[string]any); ok {
				text += " " + o["text"].(string)
			}
		}
		out = append(out, text)
	}
	return out
}

func TestSilences(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		c := incident("inc1", 1)
		w.publish(c)
		time.Sleep(2 * time.Second)
		l.click("UOPERATOR", ops, w.one(ops).TS, message.SilenceMenu, "inc1."+message.Silence1h, 1)
		w.within(5*time.Second, "the silence in the message", func() bool { return shows(w.one(ops), "silenced until") })
		time.Sleep(5 * time.Second)
		edits := w.one(ops).Edits
		u := incident("inc1", 2)
		u.Reason, u.OpenedAt, u.BeganAt = eventv1.IncidentReason_INCIDENT_REASON_UPDATED, c.GetOpenedAt(), c.GetBeganAt()
		w.publish(u)
		w.publish(incident("inc2", 1)) // same policy and labels: silenced too
		time.Sleep(time.Minute)
		if got := w.one(ops); got.Edits != edits {
			t.Errorf("%d edits while silenced", got.Edits-edits)
		}
		w.drained(t)
		if l.metric("notifier_suppressed_total") == 0 {
			t.Error("the suppression is not counted")
		}
		time.Sleep(time.Hour)
		if roots := w.slack.Roots(ops); len(roots) != 2 {
			t.Errorf("after the silence: %v", texts(roots))
		}
		if shows(w.slack.Roots(ops)[0], "silenced until") {
			t.Error("the message still says silenced")
		}

		// Until it resolves: the end is shown, and the silence goes.
		l.click("UOPERATOR", ops, w.slack.Roots(ops)[0].TS, message.SilenceMenu, "inc1."+message.SilenceTillSolved, 1)
		time.Sleep(5 * time.Second)
		w.publish(resolved(c, 3))
		time.Sleep(10 * time.Second)
		if m := w.slack.Roots(ops)[0]; !shows(m, "Resolved after") {
			t.Errorf("silenced and resolved shows %q", m.Text)
		}
	})
}

func TestASilenceOutlivesTheNotifier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		s := &eventv1.Silence{Id: "s1", Policy: "heap", Author: "ann", StartsAt: timestamppb.Now(), EndsAt: timestamppb.New(time.Now().Add(10 * time.Minute))}
		in := &eventv1.Inbound{Id: "cli/1", Backend: "cli", Person: &eventv1.Person{Id: "ann", Name: "ann"}, At: timestamppb.Now(),
			What: &eventv1.Inbound_Order{Order: &eventv1.Order{Order: &eventv1.Order_Silence{Silence: &eventv1.SilenceOrder{Silence: s}}}}}
		if _, err := bus.Publish(t.Context(), w.b.Conn("operator"), bus.InboundFrom("cli", "order"), in.Id, in); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		w.publish(incident("inc1", 1))
		time.Sleep(2 * time.Second)
		l.kill()
		w.start()
		time.Sleep(5 * time.Minute)
		if roots := w.slack.Roots(ops); len(roots) > 0 {
			t.Errorf("told while silenced: %v", texts(roots))
		}
		time.Sleep(5 * time.Minute)
		w.one(ops)
	})
}

func TestCommandsAreAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		w.publish(incident("inc1abcdef", 1))
		time.Sleep(2 * time.Second)
		for _, c := range [][2]string{
			{"help", "unsilence"}, {"", "unsilence"}, {"stauts", "status"}, {"actions", "collect-garbage"}, {"silences", "Nothing is silenced"},
			{"ack", "which incident"}, {"ack inc1abc on it", "You are on it"}, {"ack nosuch", "no open incident"}, {"incidents", "inc1abcd"},
			{"silence policy=disk 2h deploy", "until"}, {"silences", "policy=disk"}, {"silence inc1abc soon", "length of time"},
			{"run collect-garbag inc1abc", "collect-garbage"}, {"status", "partitions"}, {"query nothing", "no evaluator"}, {"help ack", "who is on it"},
		} {
			text, want := c[0], c[1]
			began, before := time.Now(), len(w.answers())
			if status := l.command("UOPERATOR", text); status != 200 {
				t.Errorf("%q: %d", text, status)
			}
			w.within(3*time.Second, "an answer to "+text, func() bool { return len(w.answers()) > before })
			if got := w.answers()[before]; !strings.Contains(strings.ToLower(got), strings.ToLower(want)) {
				t.Errorf("%q after %s: %q, want %q in it", text, time.Since(began), got, want)
			}
		}
		if !shows(w.one(ops), "is on it") {
			t.Error("the message does not show who is on it")
		}
	})
}

func TestWhenTheBusIsAwayThePersonIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		time.Sleep(time.Second)
		l.conn.NATS().Close()
		began := time.Now()
		status := l.click("UOPERATOR", ops, "1.1", message.AckButton, "inc1", 1)
		if d := time.Since(began) - time.Second; status != 200 || d > 3*time.Second {
			t.Errorf("status %d after %s", status, d)
		}
		if said := w.answers(); len(said) != 1 || !strings.Contains(said[0], "not taken") {
			t.Errorf("told %q", said)
		}
		l.stop()
	})
}

func TestAChannelThatDoesNotExistIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		c := incident("inc1", 1)
		c.Channels = []string{"#nowhere"}
		w.publish(c)
		d := incident("inc2", 1)
		d.Channels = []string{"#nowhere", "#ops"}
		w.publish(d)
		time.Sleep(time.Minute)
		roots := w.slack.Roots(ops)
		if len(roots) != 2 || !shows(roots[0], "meant for #nowhere") && !shows(roots[1], "meant for #nowhere") {
			t.Errorf("told %v", texts(roots))
		}
		if l.metric("notifier_channel_unavailable") != 1 {
			t.Error("not counted")
		}
		w.drained(t)
	})
}

func TestAPictureThatIsRefusedDoesNotHoldUpTheText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.slack.FileReady = 100 * time.Hour
		w.start()
		c := incident("inc1", 1)
		w.publish(c)
		w.chart(&eventv1.ChartRendered{IncidentId: "inc1", IncidentVersion: 1})
		time.Sleep(time.Minute)
		w.publish(resolved(c, 2))
		time.Sleep(time.Minute)
		if m := w.one(ops); !shows(m, "Resolved after") || shows(m, "slack_file") {
			t.Errorf("shows %q", m.Text)
		}
		w.drained(t)
	})
}

func TestAMessageThatWasDeletedIsPostedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.start()
		c := incident("inc1", 1)
		w.publish(c)
		time.Sleep(time.Minute)
		w.slack.Delete(w.one(ops).TS)
		w.publish(resolved(c, 2))
		time.Sleep(time.Minute)
		if !shows(w.one(ops), "Resolved after") {
			t.Error("not posted anew")
		}
	})
}

var _ = chattest.Fault{}
