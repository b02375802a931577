package notifier

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/audit"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

// opens is a person who opens the app's home; stamp tells one time from another.
func (l *life) opens(t *testing.T, user, stamp string) {
	t.Helper()
	body := fmt.Sprintf(`{"type":"event_callback","team_id":"T1","event":{"type":"app_home_opened","user":%q,"tab":"home","event_ts":%q}}`, user, stamp)
	if got := l.signed("/slack/events", body, time.Now(), "signing"); got != 200 {
		t.Fatalf("answered %d", got)
	}
	time.Sleep(3 * time.Second)
}

// atHome clicks on the home tab.
func (l *life) atHome(user, action, value string, times int) {
	payload, _ := json.Marshal(map[string]any{"type": "block_actions", "team": map[string]any{"id": "T1"},
		"user": map[string]any{"id": user, "name": strings.ToLower(user)}, "container": map[string]any{"type": "view", "view_id": "V1"},
		"view": map[string]any{"id": "V1", "type": "home", "hash": "h", "state": map[string]any{"values": map[string]any{}}}, "trigger_id": "1.2.3",
		"actions": []any{map[string]any{"type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": strconv.FormatInt(time.Now().UnixNano(), 10)}}})
	for range times {
		time.Sleep(time.Second)
		l.signed("/slack/interactions", url.Values{"payload": {string(payload)}}.Encode(), time.Now(), "signing")
	}
	time.Sleep(2 * time.Second)
}

func (w *world) home(user string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(w.slack.Home(user))
	return b.String()
}

// atHomeButton is the value of a button on a person's page.
func (w *world) atHomeButton(user, id string) string {
	blocks, _ := w.slack.Home(user)["blocks"].([]any)
	for _, b := range blocks {
		block, _ := b.(map[string]any)
		elements, _ := block["elements"].([]any)
		for _, e := range elements {
			if o, _ := e.(map[string]any); o["action_id"] == id {
				v, _ := o["value"].(string)
				return v
			}
		}
	}
	return ""
}

func (w *world) says(t *testing.T, user string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if data := w.home(user); !strings.Contains(data, text) {
			t.Errorf("the home does not show %q: %s", text, data)
		}
	}
}

func TestHome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		w.publish(incident("inc1", 1))
		time.Sleep(2 * time.Second)
		for name, s := range map[string]*eventv1.Silence{"s1": {Id: "s1", Policy: "other", Author: "uoperator", AuthorId: "UOPERATOR", AuthorBackend: "slack"},
			"s2": {Id: "s2", Policy: "somebody-else", Author: "uoperator", AuthorId: "UVIEWER", AuthorBackend: "slack"}} {
			s.StartsAt, s.EndsAt = timestamppb.Now(), timestamppb.New(time.Now().Add(time.Hour))
			if _, err := bus.Silences.Create(t.Context(), w.b.Conn("admin"), name, s); err != nil {
				t.Fatal(err)
			}
		}
		for i, r := range []*eventv1.AuditRecord{{What: "policy applied", Target: "heap-high"}, {What: "policy applied", Target: "heap-low"},
			{What: "done", Target: "freeze <@U1>", Result: "no action begins"}, {What: "requested", Target: "not-shown"}} {
			r.Id, r.At, r.Actor = fmt.Sprint("r", i), timestamppb.Now(), &eventv1.Actor{Person: &eventv1.Person{Name: "anna"}}
			if err := audit.Write(t.Context(), w.b.Conn("actioner"), bus.Audit("policy", "x"), r); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Second)
		l.opens(t, "UOPERATOR", "1.2")
		w.says(t, "UOPERATOR", "🔴 1 open", "heap is 97 % on checkout", `"acknowledge"`, "|Open>", "policy=other", `"unsilence"`, `"extend"`,
			"policy applied: `heap-low` and 1 other · by anna", "*freeze &lt;@U1&gt;* done: no action begins", "This month: 1 incident, 2 messages", "nothing was saved")
		for _, text := range []string{"somebody-else", "not-shown", "<@U1>"} {
			if strings.Contains(w.home("UOPERATOR"), text) {
				t.Errorf("the home shows %q", text)
			}
		}
		if w.slack.Home("UVIEWER") != nil {
			t.Error("who did not look has a home")
		}

		// Clicked three times, it is extended once.
		ends := func() time.Time {
			e, err := bus.Silences.Get(t.Context(), w.b.Conn("admin"), "s1")
			if err != nil {
				t.Fatal(err)
			}
			return e.Value.GetEndsAt().AsTime()
		}
		before, value := ends(), w.atHomeButton("UOPERATOR", message.ExtendButton)
		l.atHome("UVIEWER", message.ExtendButton, value, 1)
		if !ends().Equal(before) {
			t.Error("somebody else extended it")
		}
		l.atHome("UOPERATOR", message.ExtendButton, value, 3)
		if got := ends().Sub(before); got != 4*time.Hour {
			t.Errorf("extended by %v", got)
		}
		l.atHome("UOPERATOR", message.UnsilenceButton, "s1", 1)
		if strings.Contains(w.home("UOPERATOR"), `"unsilence"`) {
			t.Error("the silence that was ended is still there")
		}

		// What was called noise can be muted, by its policy and once.
		if _, err := bus.Policies.Put(t.Context(), w.b.Conn("admin"), "heap", &eventv1.PolicyDocument{Name: "heap"}); err != nil {
			t.Fatal(err)
		}
		l.atHome("UOPERATOR", message.MoreMenu, "inc1."+message.NoiseButton, 1)
		time.Sleep(3 * time.Minute) // what is counted is a little old
		l.opens(t, "UOPERATOR", "1.5")
		w.says(t, "UOPERATOR", "👎 1 noise", "📣 `heap`: 1 incident")
		value = w.atHomeButton("UOPERATOR", message.MuteButton)
		l.atHome("UOPERATOR", message.MuteButton, "no-such-policy", 1)
		l.atHome("UOPERATOR", message.MuteButton, value, 3)
		muted := 0
		for _, s := range l.n.known.Silences().Active(time.Now()) {
			if s.GetPolicy() == "heap" && len(s.GetMatchers()) == 0 && s.GetAuthorId() == "UOPERATOR" && s.GetAskedFor().AsDuration() == 24*time.Hour {
				muted++
			}
		}
		if muted != 1 || w.atHomeButton("UOPERATOR", message.MuteButton) != "" {
			t.Errorf("muted %d times, or it can be muted again: %s", muted, w.home("UOPERATOR"))
		}
		w.says(t, "UOPERATOR", "policy=heap")
		if faults := w.slack.Faults(); len(faults) > 0 {
			t.Error(faults)
		}
	})
}

// A page that somebody opened follows what happens, and stops after an hour.
func TestHomeFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		time.Sleep(2 * time.Second)
		l.opens(t, "UOPERATOR", "1.2")
		w.says(t, "UOPERATOR", "✅ Nothing is open")
		published := func() int { return len(w.slack.Calls("views.publish")) }
		before := published()
		time.Sleep(10 * time.Minute)
		if n := published() - before; n > 0 {
			t.Errorf("made again %d times although nothing happened", n)
		}
		for i := range 20 { // in twenty seconds
			w.publish(incident(fmt.Sprintf("inc%d", i), 1))
			time.Sleep(time.Second)
		}
		time.Sleep(10 * time.Second)
		w.says(t, "UOPERATOR", "🔴 20 open", "… and 10 more")
		if n := published() - before; n < 2 || n > 7 {
			t.Errorf("made again %d times in half a minute", n)
		}
		time.Sleep(2 * time.Hour)
		before = published()
		w.publish(incident("late", 1))
		time.Sleep(5 * time.Minute)
		if published() != before {
			t.Error("a page is made again that nobody looks at")
		}
	})
}

// An approval at home is as strict as one in a message.
func TestApprovalAtHome(t *testing.T) {
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
		inThread := ""
		for _, r := range w.slack.Thread(m.TS) {
			if v, ok := button(r, message.ApproveButton); ok {
				inThread = v
			}
		}
		l.opens(t, "UOPERATOR", "1.2")
		l.opens(t, "UVIEWER", "1.3")
		for _, user := range []string{"UOPERATOR", "UVIEWER"} { // who asked, who may not
			if w.atHomeButton(user, message.ApproveButton) != "" {
				t.Errorf("%s is offered what they may not decide", user)
			}
		}
		l.opens(t, "USECOND", "1.4")
		w.says(t, "USECOND", "✋ 1 action waits for your approval", "Ask the JVM", "heap is 97 % on checkout")
		approve := w.atHomeButton("USECOND", message.ApproveButton)
		if approve == "" {
			t.Fatal("no button to approve with")
		}
		before := asked(t, w)
		l.atHome("UOPERATOR", message.ApproveButton, approve, 1)              // another's page
		l.atHome("USECOND", message.RejectButton, approve, 1)                 // another button
		l.atHome("USECOND", message.ApproveButton, inThread, 1)               // another place
		l.atHome("USECOND", message.ApproveButton, approve+"x", 1)            // changed
		l.click("USECOND", ops, m.TS, message.ApproveButton, approve, 1)      // taken into a channel
		l.click("USECOND", "@USECOND", "", message.ApproveButton, approve, 1) // said to be home by its channel alone
		time.Sleep(time.Second)
		if n := asked(t, w) - before; n != 0 {
			t.Fatalf("%d decisions by forged buttons", n)
		}
		l.atHome("USECOND", message.ApproveButton, approve, 3)
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
		if w.atHomeButton("USECOND", message.ApproveButton) != "" {
			t.Error("what is over is still to be approved")
		}
	})
}
