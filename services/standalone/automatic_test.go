package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/remedy"
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
	// It does not help any more.
	failing := &eventv1.Remedy{Action: "self", Policy: "crowd"}
	for i := range 3 {
		failing.Runs = append(failing.Runs, &eventv1.RemedyRun{RunId: fmt.Sprint(i), At: timestamppb.Now(), Effect: eventv1.Effect_EFFECT_NONE})
	}
	revision, err := bus.Remedies.Put(t.Context(), c.b.Conn("actioner"), remedy.Key("self", "crowd"), failing)
	if err != nil {
		t.Fatal(err)
	}
	known := 0
	eventually(t, time.Minute, "a new message says so", func() (string, bool) {
		known++
		m := c.open(fmt.Sprintf("known%dx", known))
		return m.everything(), strings.Contains(m.everything(), "is offered last: it did not help the last 3 times")
	})
	c.openAs("s6", auto("self"))
	says("s6", "it did not help the last 3 times")
	if err := bus.Remedies.Delete(t.Context(), c.b.Conn("actioner"), remedy.Key("self", "crowd"), revision); err != nil {
		t.Fatal(err)
	}
	// Somebody is on it, or it is silenced: each before it is due.
	later := &eventv1.Automatic{Action: "self", After: durationpb.New(8 * time.Second), Times: 1}
	c.openAs("s7", later)
	c.press("operator", "s7", "Acknowledge")
	c.openAs("s8", later)
	eventually(t, time.Minute, "the message of s8 announces it", func() (string, bool) {
		m, _ := c.root("s8")
		return m.everything(), strings.Contains(m.everything(), "runs by itself at")
	})
	c.command("operator", "#ops", "silence s8 1h we know")
	says("s7", "operator is on it")
	says("s8", "the incident is silenced")
	// Frozen.
	c.command("operator", "#ops", "freeze all a test")
	eventually(t, 30*time.Second, "actions are frozen", func() (int, bool) { n := c.told("no action begins"); return n, n > 0 })
	c.openAs("s4", auto("self"))
	says("s4", "actions in all accounts have been frozen by")
	if !c.audits("refused") {
		t.Error("the audit does not say that it was refused")
	}
}
