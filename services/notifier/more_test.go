package notifier

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/notifier/internal/message"
)

// Behind "⋯": why, answered to the one who asks alone, and the verdict's form.
func TestMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		w.publish(incident("inc1", 1))
		time.Sleep(5 * time.Second)
		ts := w.one(ops).TS
		before := len(w.slack.Calls("chat.postMessage"))
		l.click("UVIEWER", ops, ts, message.MoreMenu, "inc1."+message.MoreWhy, 1)
		time.Sleep(10 * time.Second)
		if n := len(w.slack.Calls("chat.postMessage")) - before; n != 0 {
			t.Errorf("%d messages that everybody sees", n)
		}
		if said := w.answers(); len(said) != 1 || !strings.Contains(said[0], "inc1") || !strings.Contains(said[0], "above 80") {
			t.Errorf("answered %q", said)
		}
		l.click("UVIEWER", ops, ts, message.MoreMenu, "inc1."+message.MoreVerdict, 1)
		time.Sleep(2 * time.Second)
		l.view(w, "UVIEWER", "", map[string]any{"verdict": choice("noise"), "comment": word("it heals by itself")})
		time.Sleep(5 * time.Second)
		if !shows(w.one(ops), "1 called it noise") {
			t.Error("the verdict of the form is not shown")
		}
	})
}
