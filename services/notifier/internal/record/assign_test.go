package record

import (
	"testing"
	"time"
)

func TestAssigning(t *testing.T) {
	t.Parallel()
	ann, bob := Who{"slack", "U1", "ann"}, Who{"slack", "U2", "bob"}
	r := New("i")
	if r.Assign(&ann, bob, at, "") {
		t.Error("what is not open is assigned")
	}
	r.Apply(open(1))
	f := func(what string, fresh bool, got bool, to, on string) {
		t.Helper()
		hasTo, hasOn := "", ""
		if r.Assigned != nil {
			hasTo = r.Assigned.To.Name
		}
		if r.Ack != nil {
			hasOn = r.Ack.By.Name
		}
		if got != fresh || hasTo != to || hasOn != on {
			t.Errorf("%s: new %v, assigned to %q, %q is on it; want %v %q %q", what, got, hasTo, hasOn, fresh, to, on)
		}
	}
	later := func(n int) time.Time { return at.Add(time.Duration(n) * time.Minute) }
	f("bob gives it to ann", true, r.Assign(&ann, bob, later(1), "your heap"), "ann", "")
	f("again", false, r.Assign(&ann, bob, later(2), ""), "ann", "")
	f("an older one comes late", false, r.Assign(&bob, bob, later(0), ""), "ann", "")
	f("bob acknowledges", true, r.Acknowledge(bob, later(3), ""), "ann", "bob")
	f("ann takes over", true, r.Acknowledge(ann, later(4), ""), "ann", "ann")
	f("bob cannot", false, r.Acknowledge(bob, later(5), ""), "ann", "ann")
	f("bob takes it", true, r.Assign(&bob, bob, later(6), ""), "bob", "ann")
	r.Question = &Question{Asked: at}
	f("bob says that ann is not on it", true, r.Unacknowledge(bob, later(7)), "bob", "")
	f("again", false, r.Unacknowledge(bob, later(8)), "bob", "")
	if !r.Question.Answered {
		t.Error("who took back an answer did not answer: the question lapses")
	}
	f("nobody's", true, r.Assign(nil, ann, later(9), ""), "", "")
	f("nobody's again", false, r.Assign(nil, ann, later(10), ""), "", "")
	f("ann takes it", true, r.Assign(&ann, ann, later(11), ""), "ann", "ann")
	last := r.Lines[1]
	if last.To == nil || last.To.Name != "ann" || last.After != ": your heap" {
		t.Errorf("history %+v", last)
	}
}
