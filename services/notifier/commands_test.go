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
