package notifier

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/api/apitest"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

// hooks leads to a webhook by its host.
type hooks map[string]*hook

func (h hooks) RoundTrip(r *http.Request) (*http.Response, error) { return h[r.URL.Host].RoundTrip(r) }

// withThree gives the world the webhooks "siem" and "ticket" beside Slack, and a
// card in Teams.
func (w *world) withThree() hooks {
	w.t.Helper()
	h := hooks{"siem.test": {}, "ticket.test": {}, "teams.test": {}}
	dir := w.t.TempDir()
	text := "operator: ['siem:events', '#ops']\nchats:\n"
	for _, c := range [][3]string{{"siem", "webhook", "channels: {events: {url: 'file:%s'}}"}, {"ticket", "webhook", "channels: {new: {url: 'file:%s'}}"}, {"teams", "teams", "channels: {oncall: 'file:%s'}"}} {
		path := filepath.Join(dir, c[0])
		if err := os.WriteFile(path, []byte("https://"+c[0]+".test/in/"+apitest.Secret), 0o600); err != nil {
			w.t.Fatal(err)
		}
		text += fmt.Sprintf("- {name: %s, kind: %s, "+c[2]+"}\n", c[0], c[1], path)
	}
	w.chats, w.other = filepath.Join(dir, "chats.yaml"), h
	if err := os.WriteFile(w.chats, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return h
}

// Of several chats one is dead for an hour: the others are told within seconds,
// its operator hears of it elsewhere, it is seen in the bus and in /parley status,
// and it is told everything once it is back.
func TestADeadChatAmongThree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.withThree()
		h["siem.test"].set(true)
		l := w.start()
		time.Sleep(time.Second)
		const incidents = 20
		for i := range incidents {
			c := incident(fmt.Sprintf("inc%d", i), 1)
			c.Channels = []string{"#ops", "siem:events", "ticket:new"}
			slack, ticket := len(w.slack.Roots(ops)), len(h["ticket.test"].told("note"))
			w.publish(c)
			w.within(3*time.Second, fmt.Sprintf("incident %d in both others", i), func() bool {
				return len(w.slack.Roots(ops)) > slack && len(h["ticket.test"].told("note")) > ticket
			})
			time.Sleep(3 * time.Minute)
		}
		// The operator's first channel is the dead one: it is told by the second.
		about := slices.DeleteFunc(w.slack.Roots(ops), func(m chattest.Message) bool { return !strings.Contains(m.Text, "siem:events is disabled") })
		if len(about) != 1 || strings.Contains(about[0].Text, apitest.Secret) {
			t.Errorf("the operator was told %q", texts(about))
		}
		if l.metric("notifier_channel_disabled") != 1 {
			t.Error("no metric says that it is disabled")
		}
		troubles := func() []*eventv1.ChatTrouble {
			entries, err := bus.ChatTroubles.List(t.Context(), w.b.Conn("operator"))
			if err != nil {
				t.Fatal(err)
			}
			var out []*eventv1.ChatTrouble
			for _, e := range entries {
				out = append(out, e.Value)
			}
			return out
		}
		if all := troubles(); len(all) != 1 || all[0].GetChannel() != "siem:events" || !all[0].GetDisabled() || all[0].GetError() == "" || strings.Contains(all[0].GetError(), apitest.Secret) {
			t.Errorf("seen in the bus: %v", all)
		}
		l.command("UOPERATOR", "status")
		w.within(5*time.Second, "the answer", func() bool { return len(w.slack.Messages("response")) > 0 })
		if m := w.slack.Messages("response")[0]; !shows(m, "siem:events") || !shows(m, "is disabled") {
			t.Errorf("/parley status: %v", m.Blocks)
		}
		h["siem.test"].set(false)
		time.Sleep(5 * time.Minute)
		if n := len(h["siem.test"].told("note")); n != incidents {
			t.Errorf("%d of %d told in the end", n, incidents)
		}
		if all := troubles(); len(all) != 0 || l.metric("notifier_channel_disabled") != 0 {
			t.Errorf("still seen: %v", all)
		}
	})
}

// order stores an order of the command line.
func (w *world) order(id string, o *eventv1.Order) {
	w.t.Helper()
	if _, err := bus.Publish(w.t.Context(), w.b.Conn("operator"), bus.InboundFrom("cli", "order"), "cli/"+id, &eventv1.Inbound{Id: "cli/" + id, Backend: "cli",
		Person: &eventv1.Person{Id: "operator", Name: "ann"}, At: timestamppb.Now(), What: &eventv1.Inbound_Order{Order: o}}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) tested(id string) *eventv1.ChatTest {
	w.t.Helper()
	e, err := bus.ChatTests.Get(w.t.Context(), w.b.Conn("operator"), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return e.Value
}

func TestATestMessageInEveryChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		h := w.withThree()
		h["siem.test"].set(true)
		l := w.start()
		time.Sleep(time.Second)
		for i := range 2 { // asked twice, written once
			w.order(fmt.Sprint("o", i), &eventv1.Order{Order: &eventv1.Order_ChatTest{ChatTest: &eventv1.ChatTestOrder{Id: "t1", Channels: []string{"#nowhere"}, All: true, Ask: true}}})
			time.Sleep(12 * time.Second)
		}
		got := w.tested("t1")
		var lines []string
		for _, told := range got.GetTold() {
			lines = append(lines, fmt.Sprintf("%s %s %t %t", told.GetChannel(), told.GetBackend(), told.GetMessageId() != "", told.GetError() == ""))
			if strings.Contains(told.GetError(), apitest.Secret) || told.GetSeconds() > 10 {
				t.Errorf("%v", told)
			}
		}
		want := []string{"#nowhere slack false false", "#ops slack true true", "siem:events siem false false", "teams:oncall teams true true", "ticket:new ticket true true"}
		if !slices.Equal(lines, want) || !got.GetDone() {
			t.Errorf("told %q, want %q", lines, want)
		}
		m := w.one(ops)
		if told := got.GetTold()[1]; m.TS != told.GetMessageId() || told.GetEnded() {
			t.Errorf("%v is not %s", told, m.TS)
		}
		if events := h["ticket.test"].told(""); !slices.Equal(events, []string{"opened", "resolved"}) {
			t.Errorf("a ticket system was told %q: it must not stay open", events)
		}
		if got.GetClicked() != nil {
			t.Error("clicked by nobody")
		}
		value, _ := button(m, message.TestButton)
		l.click("UVIEWER", ops, m.TS, message.TestButton, value, 2)
		time.Sleep(time.Second)
		if c := w.tested("t1").GetClicked(); c.GetPerson().GetId() != "UVIEWER" || c.GetBackend() != "slack" || c.GetAt().AsTime().Before(c.GetTakenAt().AsTime()) {
			t.Errorf("clicked: %v", c)
		}
		l.click("UVIEWER", ops, m.TS, message.TestButton, "none-such", 1)
		time.Sleep(time.Second)
		if said := w.answers(); len(said) != 2 || !strings.Contains(said[1], "That test is over") {
			t.Errorf("told %q", said)
		}
		time.Sleep(20 * time.Minute) // gone by itself
		if _, err := bus.ChatTests.Get(t.Context(), w.b.Conn("operator"), "t1"); err == nil {
			t.Error("a test is kept for ever")
		}
	})
}
