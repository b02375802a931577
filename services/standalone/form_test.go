package main

import (
	"strings"
	"testing"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// An action with parameters: the button opens a form, wrong values are told at
// their fields, and what is sent is the plan that the form showed.
func TestParametersByForm(t *testing.T) {
	c := newCrowd(t)
	c.open("f1")
	c.press("viewer", "f1", "Resize")
	c.refused("viewer", "You may not run", 0)

	c.press("operator", "f1", "Resize")
	v := c.form("Resize svc-f1 to 2, slow")
	if !strings.Contains(v.text, "How many") || !strings.Contains(v.text, "From 1 to 9.") || !strings.Contains(v.text, `"slow"`) {
		t.Errorf("the form: %s", v.text)
	}
	for value, want := range map[string]string{"12": "It is 9 at most", "many": "It is a number"} {
		if errs := c.submit("operator", v.id, value, "fast"); !strings.Contains(errs["count"], want) {
			t.Errorf("%q: %v, want %q", value, errs, want)
		}
	}
	// Another plan than the one that was shown is shown first.
	if errs := c.submit("operator", v.id, "5", "fast"); !strings.Contains(errs["count"], "With this it would: Resize svc-f1 to 5, fast") {
		t.Errorf("a plan that was not shown is taken: %v", errs)
	}
	c.form("Resize svc-f1 to 5, fast") // two at once may show in either order
	c.submit("operator", v.id, "6", "fast")
	c.form("Resize svc-f1 to 6, fast")
	c.submit("operator", v.id, "5", "fast")
	v = c.form("Resize svc-f1 to 5, fast")
	if errs := c.submit("operator", v.id, "5", "fast"); len(errs) > 0 {
		t.Fatalf("refused: %v", errs)
	}
	run := c.wait("f1", eventv1.RunState_RUN_STATE_DONE)
	if run.GetPlan() != "Resize svc-f1 to 5, fast" || run.GetParameters()["count"] != "5" || c.effects.Load() != 1 {
		t.Errorf("ran %q with %v, %d effects", run.GetPlan(), run.GetParameters(), c.effects.Load())
	}

	// The same by command.
	c.open("f2")
	said := c.command("operator", "#ops", "run size f2 count=7 how=fast")
	run = c.wait("f2", eventv1.RunState_RUN_STATE_DONE)
	if run.GetPlan() != "Resize svc-f2 to 7, fast" {
		t.Errorf("ran %q; said %v", run.GetPlan(), said)
	}
	// And what a person may not choose is refused.
	c.command("operator", "#ops", "run size f2 count=70")
	c.refused("operator", "it is 9 at most", 2)

	// Approvals: told to who may, rejected with a reason.
	c.open("f3")
	c.press("operator", "f3", "Shove")
	waiting := c.wait("f3", eventv1.RunState_RUN_STATE_AWAITING_APPROVAL)
	c.reply("f3", "Approve")
	if all := c.command("second operator", "#ops", "approvals"); len(all) == 0 || !strings.Contains(all[len(all)-1].everything(), "1 wait for an approval, 1 of them for yours") {
		t.Errorf("approvals: %v", all)
	}
	if all := c.command("operator", "#ops", "approvals"); len(all) == 0 || !strings.Contains(all[len(all)-1].everything(), "1 wait for an approval, 0 of them for yours") {
		t.Errorf("approvals of who asked: %v", all)
	}
	c.command("second operator", "#ops", "reject "+waiting.GetRunId()[:8]+" not during the sale")
	if run := c.wait("f3", eventv1.RunState_RUN_STATE_REJECTED); !strings.Contains(run.GetResult(), "said no: not during the sale") {
		t.Errorf("rejected: %q", run.GetResult())
	}
	c.reply("f3", "not during the sale")

	// By the button: it asks why; who may not is told at once.
	c.open("f4")
	c.press("operator", "f4", "Shove")
	waits := c.reply("f4", "Reject", "please decide")
	reject, _ := waits.button("Reject")
	c.click("viewer", "#ops", waits, reject, 1)
	c.refused("viewer", "You may not approve", 2)
	c.click("second operator", "#ops", waits, reject, 1)
	v = c.formOf("second operator", "Shove svc-f4")
	c.try("sandbox.submit", map[string]any{"user": "second operator", "view_id": v.id, "values": map[string]any{"reason": map[string]any{"reason": "*the* <!channel> sale"}}}, &struct{}{})
	if run := c.wait("f4", eventv1.RunState_RUN_STATE_REJECTED); run.GetResult() != "second.operator said no: *the* <!channel> sale" || run.GetDecidedBy().GetPerson().GetId() != c.id("second operator") {
		t.Errorf("rejected: %q by %v", run.GetResult(), run.GetDecidedBy())
	}
	if m := c.reply("f4", "rejected by", " sale"); strings.Contains(m.everything(), "<!channel>") || strings.Contains(m.everything(), "please decide") {
		t.Errorf("the thread: %s", m.everything())
	}
	if !c.reasoned("rejected", "the* <!channel> sale") {
		t.Error("the audit has no reason")
	}
}

// reasoned reports whether the audit has this with such a reason.
func (c *crowd) reasoned(what, reason string) bool {
	for _, a := range c.audit() {
		if a.GetWhat() == what && strings.Contains(a.GetReason()+a.GetResult(), reason) {
			return true
		}
	}
	return false
}

type shownForm struct{ id, text string }

// form waits until the operator's form shows this.
func (c *crowd) form(text string) shownForm { return c.formOf("operator", text) }

// formOf waits until somebody's form shows this.
func (c *crowd) formOf(user, text string) shownForm {
	c.t.Helper()
	return eventually(c.t, 30*time.Second, user+"'s form shows "+text, func() (shownForm, bool) {
		var out struct {
			Views []map[string]any `json:"views"`
		}
		if err := c.post("sandbox.state", map[string]any{"user": user}, &out); err != nil || len(out.Views) == 0 {
			return shownForm{}, false
		}
		v := out.Views[len(out.Views)-1]
		id, _ := v["id"].(string)
		shown := asText(v)
		return shownForm{id, shown}, strings.Contains(shown, text)
	})
}

// submit sends the form and returns what is wrong with its fields.
func (c *crowd) submit(user, view, count, how string) map[string]string {
	c.t.Helper()
	var out struct {
		OK     bool
		Errors map[string]string `json:"errors"`
	}
	c.try("sandbox.submit", map[string]any{"user": user, "view_id": view, "values": map[string]any{"count": map[string]any{"count": count}, "how": map[string]any{"how": how}}}, &out)
	return out.Errors
}
