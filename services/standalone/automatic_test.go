package main

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

// An action that the policy runs by itself runs once; where it may not, people
// are asked, and told why.
func TestAutomaticActionsAskWhereTheyMayNot(t *testing.T) {
	c := newCrowd(t)
	auto := func(name string) *eventv1.Automatic {
		return &eventv1.Automatic{Action: name, After: durationpb.New(0), Times: 1}
	}
	c.openAs("s1", auto("self"))
	run := c.wait("s1", eventv1.RunState_RUN_STATE_DONE)
	if run.GetRequestedBy().GetBackend() != "parley" || run.GetPlan() != "Nudge svc-s1" || c.effects.Load() != 1 {
		t.Errorf("%v, %d effects", run, c.effects.Load())
	}
	says := func(id, text string) {
		t.Helper()
		eventually(t, time.Minute, "the message of "+id+" says "+text, func() (string, bool) {
			m, _ := c.root(id)
			all := m.everything()
			return all, len(all) > 0 && strings.Contains(all, "did not run by itself: "+text) && strings.Contains(all, "Please decide")
		})
		if n := c.effects.Load(); n != 1 {
			t.Errorf("%s: %d effects, want 1", id, n)
		}
	}
	// Its bound of one an hour is used up.
	c.openAs("s2", auto("self"))
	says("s2", "it ran 1 times within an hour")
	// The file of this one does not allow it.
	c.openAs("s3", auto("one"))
	says("s3", "its allow list does not name parley")
	// Frozen.
	c.command("operator", "#ops", "freeze all a test")
	eventually(t, 30*time.Second, "actions are frozen", func() (int, bool) { n := c.told("no action begins"); return n, n > 0 })
	c.openAs("s4", auto("self"))
	says("s4", "actions in all accounts have been frozen by")
	if !c.audits("refused") {
		t.Error("the audit does not say that it was refused")
	}
}
