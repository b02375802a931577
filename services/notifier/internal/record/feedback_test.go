package record

import (
	"testing"
	"time"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	r, at := New("inc1"), time.Unix(1000, 0)
	ann, bob := Who{Backend: "slack", ID: "U1", Name: "ann"}, Who{Backend: "slack", ID: "U2", Name: "bob"}
	f := func(by Who, after time.Duration, v Verdict, comment string, fresh bool, useful, noise, lines int) {
		t.Helper()
		if got := r.Judge(Feedback{By: by, At: at.Add(after), Verdict: v, Comment: comment}); got != fresh {
			t.Errorf("new: %v", got)
		}
		if u, n := r.Verdicts(); u != useful || n != noise || len(r.Lines) != lines {
			t.Errorf("%d useful, %d noise, %d lines", u, n, len(r.Lines))
		}
	}
	f(ann, 0, Useful, "", true, 1, 0, 1)
	f(ann, 0, Useful, "", false, 1, 0, 1)                 // delivered again
	f(bob, time.Second, Noise, "a deploy", true, 1, 1, 2) // another person
	f(ann, 2*time.Second, Noise, "", true, 0, 2, 3)       // changed her mind
	f(ann, time.Second, Useful, "", false, 0, 2, 3)       // an older one, late
	f(bob, 3*time.Second, Noise, "a deploy", true, 0, 2, 3)
	if l := r.Lines[1]; l.Text != "called it noise: a deploy" || l.By.Name != "bob" {
		t.Errorf("%+v", l)
	}
	r.Judge(Feedback{By: Who{Backend: "cli", ID: "operator", Name: "ann"}, At: at, Verdict: Useful})
	r.Judge(Feedback{By: Who{Backend: "cli", ID: "operator", Name: "bob"}, At: at, Verdict: Useful})
	if u, n := r.Verdicts(); u != 2 || n != 2 {
		t.Errorf("two at the command line: %d useful, %d noise", u, n)
	}
	for i := range 2 * mostFeedback {
		r.Judge(Feedback{By: Who{ID: string(rune('a' + i))}, At: at, Verdict: Noise})
	}
	if len(r.Feedback) != mostFeedback {
		t.Errorf("%d are kept", len(r.Feedback))
	}
}
