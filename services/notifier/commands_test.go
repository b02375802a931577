package notifier

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAnAnswerIsSharedWhenAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		w.publish(incident("inc1abcdef", 1))
		time.Sleep(2 * time.Second)
		l.command("UVIEWER", "share incidents")
		time.Sleep(3 * time.Second)
		roots := w.slack.Roots(ops)
		if len(roots) != 2 || !shows(roots[1], "uviewer asked: ") || !shows(roots[1], "inc1abcd") {
			t.Errorf("in the channel: %v", texts(roots))
		}
		if said := w.answers(); len(said) > 0 {
			t.Errorf("told alone: %q", said)
		}
		l.command("UVIEWER", "share incidnets") // what is wrong is told the person alone
		time.Sleep(3 * time.Second)
		if said := w.answers(); len(said) != 1 || !strings.Contains(said[0], "Did you mean") || len(w.slack.Roots(ops)) != 2 {
			t.Errorf("told alone: %q", said)
		}
	})
}

func TestFeedback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		c := incident("inc1abcdef", 1)
		w.publish(c)
		time.Sleep(2 * time.Second)
		w.publish(resolved(c, 2))
		time.Sleep(2 * time.Second)
		for _, said := range [][3]string{
			{"UOPERATOR", "feedback inc1abc noise every deploy", "0 × useful and 1 × noise"},
			{"UVIEWER", "feedback inc1abcdef useful", "1 × useful and 1 × noise"},
			{"UOPERATOR", "feedback inc1 useful", "2 × useful and 0 × noise"},
			{"UOPERATOR", "feedback inc1 great", "useful, or noise"},
			{"UOPERATOR", "feedback inc2 noise", "no incident inc2"},
		} {
			if got := w.ask(l, said[0], said[1]); !strings.Contains(got, said[2]) {
				t.Errorf("%q: %q, want %q in it", said[1], got, said[2])
			}
		}
		time.Sleep(time.Second)
		thread := texts(w.slack.Messages(ops))
		if all := strings.Join(thread, "\n"); !strings.Contains(all, "called it noise: every deploy") {
			t.Errorf("the thread: %q", thread)
		}
		if n := l.metric("notifier_feedback_total"); n != 3 {
			t.Errorf("%v counted", n)
		}
	})
}

// ask writes a command and returns the first answer, which comes within three
// seconds.
func (w *world) ask(l *life, user, text string) string {
	w.t.Helper()
	before := len(w.answers())
	if status := l.command(user, text); status != 200 {
		w.t.Errorf("%q: %d", text, status)
	}
	w.within(3*time.Second, "an answer to "+text, func() bool { return len(w.answers()) > before })
	return w.answers()[before]
}
