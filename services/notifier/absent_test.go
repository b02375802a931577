package notifier

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

// While the one chat does not answer, the status says so and which setting leads
// there; no longer.
func TestTheOneChatIsNotThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.slack.SetFault(func(chattest.Call) chattest.Fault { return chattest.Fault{Status: 500} })
		w.start()
		f := func(want int) {
			t.Helper()
			time.Sleep(5 * time.Minute)
			all, err := bus.ChatTroubles.List(t.Context(), w.b.Conn("operator"))
			if err != nil || len(all) != want {
				t.Fatalf("%v, %v: want %d", all, err, want)
			}
			for _, e := range all {
				if e.Value.GetChannel() != "#ops" || e.Value.GetFailures() == 0 || !strings.Contains(e.Value.GetError(), "SLACK_BOT_TOKEN") {
					t.Errorf("%v", e.Value)
				}
			}
		}
		f(1)
		w.slack.SetFault(nil)
		f(0)
	})
}
