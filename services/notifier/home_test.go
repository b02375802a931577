package notifier

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

func TestHome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		w.publish(incident("inc1", 1))
		time.Sleep(2 * time.Second)
		s := &eventv1.Silence{Id: "s1", Policy: "other", Author: "uoperator", StartsAt: timestamppb.Now(), EndsAt: timestamppb.New(time.Now().Add(time.Hour))}
		if _, err := bus.Silences.Create(t.Context(), w.b.Conn("admin"), "s1", s); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		body := `{"type":"event_callback","team_id":"T1","event":{"type":"app_home_opened","user":"UOPERATOR","tab":"home","event_ts":"1.2"}}`
		if got := l.signed("/slack/events", body, time.Now(), "signing"); got != 200 {
			t.Fatalf("answered %d", got)
		}
		time.Sleep(5 * time.Second)
		data, _ := json.Marshal(w.slack.Home("UOPERATOR"))
		for _, text := range []string{"🔴 1 open", "heap is 97 % on checkout", `"acknowledge"`, "policy=other", `"unsilence"`} {
			if !strings.Contains(string(data), text) {
				t.Errorf("the home does not show %q: %s", text, data)
			}
		}
		if w.slack.Home("UVIEWER") != nil {
			t.Error("who did not look has a home")
		}
		if faults := w.slack.Faults(); len(faults) > 0 {
			t.Error(faults)
		}
	})
}
