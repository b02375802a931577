package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

// What somebody may try who wants an action done that should not be: each is
// refused, the person is told, and the audit has it. The people are two of @ops
// and one who is in no group.
func TestAttacksOnApprovals(t *testing.T) {
	c := newCrowd(t)
	m := c.open("a1")

	t.Log("who is in no group asks")
	c.press("viewer", "a1", "Push")
	c.refused("viewer", "You may not run", 0)

	t.Log("a click that comes three times, and again later, is one run")
	push, _ := m.button("Push")
	c.click("operator", "#ops", m, push, 3)
	c.wait("a1", eventv1.RunState_RUN_STATE_DONE)
	c.forge("operator", "#ops", m.TS, push.ActionID, push.Value)
	c.forge("second operator", "#ops", m.TS, push.ActionID, push.Value)
	eventually(t, 30*time.Second, "both are told that it was asked for", func() (int, bool) {
		n := c.told("That was asked for already")
		return n, n >= 2
	})
	if n := c.effects.Load(); n != 1 {
		t.Fatalf("%d effects of one click, want 1", n)
	}

	t.Log("undone twice: by two people's clicks on one button, and by a button kept from before")
	done := c.reply("a1", "Undo")
	undo, _ := done.button("Undo")
	c.click("operator", "#ops", done, undo, 2)
	eventually(t, time.Minute, "the undoing is done", func() (int64, bool) { n := c.effects.Load(); return n, n == 2 })
	c.forge("second operator", "#ops", done.TS, undo.ActionID, undo.Value)
	eventually(t, 30*time.Second, "the second one is told", func() (int, bool) {
		n := c.told("That was asked for already")
		return n, n >= 3
	})
	if n := c.effects.Load(); n != 2 {
		t.Fatalf("%d effects after one undo, want 2", n)
	}

	t.Log("the same person approves, once as they are and once from another chat")
	c.open("a2")
	c.press("operator", "a2", "Shove")
	waits := c.reply("a2", "Approve")
	approve, _ := waits.button("Approve")
	c.click("operator", "#ops", waits, approve, 1)
	c.refused("operator", "You asked for it yourself", 2)
	run := c.wait("a2", eventv1.RunState_RUN_STATE_AWAITING_APPROVAL)
	c.decide(run, &eventv1.Actor{Backend: "mattermost", Person: &eventv1.Person{Id: "mm1", Name: "Operator"}, Groups: []string{"@ops"}}, run.GetPlanHash())
	c.refused("operator", "a second person has to decide", 2)

	t.Log("who is in no group approves")
	c.click("viewer", "#ops", waits, approve, 1)
	c.refused("viewer", "You may not approve", 2)

	t.Log("an approval of another plan than this one")
	c.decide(run, &eventv1.Actor{Backend: "mattermost", Person: &eventv1.Person{Id: "mm9", Name: "somebody"}, Groups: []string{"@ops"}}, "0000")
	c.refused("somebody", "decided on another plan than this one", 2)

	t.Log("the button in another channel, on another message, or on another incident's")
	other := c.open("a3")
	for _, forged := range []struct{ channel, ts, text string }{{"#cost", waits.TS, "does not come from Parley as it stands"}, {"#ops", other.TS, "belongs to another message"}} {
		c.forge("second operator", forged.channel, forged.ts, approve.ActionID, approve.Value)
		c.refused("second operator", forged.text, 2)
	}

	t.Log("forged values: each part changed, cut off, of another button, signed with another key")
	before := c.told("does not come from Parley as it stands")
	values := forgeries(approve.Value)
	for _, v := range values {
		c.forge("second operator", "#ops", waits.TS, approve.ActionID, v)
	}
	c.forge("second operator", "#ops", waits.TS, approve.ActionID, push.Value)
	c.forge("second operator", "#ops", waits.TS, "undo", approve.Value)
	key, err := bus.NotifierNotes.Get(t.Context(), c.b.Conn("notifier"), "key")
	if err != nil || resealed(approve.Value, approve.ActionID, c.channel("#ops"), key.Value) != approve.Value {
		t.Fatalf("this test does not know how values are sealed: %v", err)
	}
	values = append(values, "sealed with another key") // counted with the others
	c.forge("second operator", "#ops", waits.TS, approve.ActionID, resealed(approve.Value, approve.ActionID, c.channel("#ops"), make([]byte, 32)))
	eventually(t, time.Minute, "each is told", func() (int, bool) {
		n := c.told("does not come from Parley as it stands") - before
		return n, n >= len(values)+2
	})
	for _, a := range c.audit() {
		if strings.Contains(a.GetReason(), "does not come from Parley as it stands") {
			c.audited["forged"]++
		}
	}
	if n := c.audited["forged"]; n != len(values)+3 {
		t.Errorf("%d forged values in the audit, want %d", n, len(values)+3)
	}
	c.wait("a2", eventv1.RunState_RUN_STATE_AWAITING_APPROVAL)

	t.Log("at last the second person approves: one effect, although it comes three times and again")
	c.click("second operator", "#ops", waits, approve, 3)
	c.wait("a2", eventv1.RunState_RUN_STATE_DONE)
	c.forge("second operator", "#ops", waits.TS, approve.ActionID, approve.Value)
	c.refused("second operator", "does not wait for an approval any more", 3)
	t.Log("a decision on a run that is done, past the notifier")
	run = c.run("a2")
	c.decide(run, &eventv1.Actor{Backend: "mattermost", Person: &eventv1.Person{Id: "mm9", Name: "somebody"}, Groups: []string{"@ops"}}, run.GetPlanHash())
	eventually(t, 30*time.Second, "the audit has it", func() (bool, bool) {
		ok := c.reasoned("approval refused", "somebody decided when the run was done already; nothing was changed")
		return ok, ok
	})

	t.Log("the plan changes between the button and the click, and between the request and the approval")
	c.open("a4")
	c.press("operator", "a4", "Shove")
	waits = c.reply("a4", "Approve")
	approve, _ = waits.button("Approve")
	m, _ = c.root("a4")
	push, _ = m.button("Push")
	c.edit("Shove {{", "Shove hard {{")
	c.edit("plan: \"Push", "plan: \"Push hard")
	c.offered()
	c.click("second operator", "#ops", waits, approve, 1)
	c.privy["was changed after it was asked for"] = []string{"operator"} // who asked is told alone, who approved in the thread
	c.refused("second operator", "was changed after it was asked for", 3)
	c.click("operator", "#ops", m, push, 1)
	c.refused("operator", "was changed since it was shown. Now it would: Push hard svc-a4", 3)

	t.Log("nobody approves in time")
	c.open("a5")
	c.press("operator", "a5", "Hurry")
	waits = c.reply("a5", "Approve")
	approve, _ = waits.button("Approve")
	c.wait("a5", eventv1.RunState_RUN_STATE_EXPIRED)
	c.forge("second operator", "#ops", waits.TS, approve.ActionID, approve.Value)
	c.refused("second operator", "does not wait for an approval any more", 3)

	t.Log("who asked, or who approves, is taken out of the group before it runs")
	c.open("a6")
	c.press("operator", "a6", "Shove")
	waits = c.reply("a6", "Approve")
	approve, _ = waits.button("Approve")
	c.group("second operator")
	c.click("second operator", "#ops", waits, approve, 1)
	c.refused("operator", "operator is not in @ops any more", 3)
	c.group("operator", "second operator")
	c.open("a7")
	c.press("operator", "a7", "Shove")
	waits = c.reply("a7", "Approve")
	approve, _ = waits.button("Approve")
	run = c.wait("a7", eventv1.RunState_RUN_STATE_AWAITING_APPROVAL)
	c.group("operator")
	c.decide(run, &eventv1.Actor{Backend: "slack", Person: &eventv1.Person{Id: c.id("second operator"), Name: "second operator"}, Groups: []string{"@ops"}}, run.GetPlanHash())
	c.privy["second operator is not in @ops any more"] = []string{"operator"}
	c.refused("second operator", "second operator is not in @ops any more", 3)

	if n := c.effects.Load(); n != 3 {
		t.Errorf("%d effects in all, want 3", n)
	}
	for _, what := range []string{"requested", "started", "done", "undone", "approved and started", "approval refused", "expired"} {
		if !c.audits(what) {
			t.Errorf("the audit has no %q", what)
		}
	}
	t.Logf("%d refusals, each told and in the audit", c.refusals)
}

// forge is a click that Slack never sent, or sent before, past whatever would
// have stopped it on the way: straight into what the notifier has to judge.
func (c *crowd) forge(user, channel, ts, action, value string) {
	c.t.Helper()
	c.version++
	id := fmt.Sprintf("forged/%d", c.version)
	in := &eventv1.Inbound{Id: id, Backend: "slack", Person: &eventv1.Person{Id: c.id(user), Name: user}, At: timestamppb.Now(),
		What: &eventv1.Inbound_Click{Click: &eventv1.Click{ChannelId: c.channel(channel), MessageTs: ts, ActionId: action, Value: value}}}
	if _, err := bus.Publish(c.t.Context(), c.b.Conn("notifier"), bus.InboundFrom("slack", "click"), id, in); err != nil {
		c.t.Fatal(err)
	}
}

// decide puts a decision on the bus, as a notifier would that believed it.
func (c *crowd) decide(run *eventv1.RunChanged, who *eventv1.Actor, hash string) {
	c.t.Helper()
	d := &eventv1.RunDecided{RunId: run.GetRunId(), PlanHash: hash, Approved: true, Actor: who, At: timestamppb.Now()}
	if _, err := bus.Publish(c.t.Context(), c.b.Conn("notifier"), bus.ActionRequests(run.GetRunId()), fmt.Sprintf("attack/%s/%s/%s", run.GetRunId(), who.GetPerson().GetId(), hash),
		&eventv1.ActionMessage{Message: &eventv1.ActionMessage_Decision{Decision: d}}); err != nil {
		c.t.Fatal(err)
	}
}

// forgeries are what can be made of a value by who has no key.
func forgeries(value string) []string {
	parts := strings.Split(value, ".")
	out := []string{"", "x", value + "x", value[:len(value)-1], strings.Join(parts[:len(parts)-1], "."), strings.Join(parts, ".."), strings.ToUpper(value), parts[0] + "." + parts[1] + "...."}
	for i := range parts {
		for _, to := range []string{"", "0", parts[i] + "0"} {
			some := append([]string{}, parts...)
			some[i] = to
			out = append(out, strings.Join(some, "."))
		}
	}
	for at := 0; at < len(value); at += 7 { // one bit of every seventh letter
		b := []byte(value)
		b[at] ^= 1
		out = append(out, string(b))
	}
	return out
}

// resealed is a value as it would be with this key.
func resealed(value, do, channel string, key []byte) string {
	p := strings.Split(value, ".")
	version, _ := strconv.ParseUint(p[2], 36, 32)
	expires, _ := strconv.ParseInt(p[3], 36, 64)
	h := hmac.New(sha256.New, key)
	for _, f := range []string{"parley button 2", do, p[0], p[1], channel, fmt.Sprint(version), fmt.Sprint(expires), p[4]} {
		fmt.Fprintf(h, "%d:%s", len(f), f)
	}
	return strings.Join(p[:5], ".") + "." + base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
}

func (c *crowd) audits(what string) bool {
	for _, a := range c.audit() {
		if a.GetWhat() == what {
			return true
		}
	}
	return false
}
