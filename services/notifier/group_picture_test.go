package notifier

import (
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

// drawn plays the renderer's picture of an incident.
func (w *world) drawn(c *eventv1.IncidentChanged, alt string) {
	w.t.Helper()
	w.chart(&eventv1.ChartRendered{IncidentId: c.GetId(), IncidentVersion: c.GetVersion(), AltText: alt, At: timestamppb.Now()})
	time.Sleep(30 * time.Second)
}

// picture returns the file that a message shows, and its alternative text.
func picture(m chattest.Message) (file, alt string) {
	for _, b := range m.Blocks {
		if f, ok := b["slack_file"].(map[string]any); ok {
			file, _ = f["id"].(string)
			alt, _ = b["alt_text"].(string)
		}
	}
	return file, alt
}

// A group's message shows its lead's picture, and the newest one, whoever edits.
func TestAGroupShowsItsLeadsPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.rules = together
		first := w.start()
		time.Sleep(time.Second)
		lead := member(0, "prod")
		w.publish(lead)
		w.drawn(lead, "heap of web-0 97 %")
		alone, _ := picture(w.one(ops))
		if alone == "" {
			t.Fatal("the lead's own message has no picture")
		}
		second := member(1, "prod")
		w.publish(second)
		time.Sleep(time.Minute)
		if file, alt := picture(w.one(ops)); file != alone || alt != "heap of web-0 97 %" || !shows(w.one(ops), "chart: 🟠 heap is 97 % on web-0") {
			t.Errorf("the group shows %q, %q: %v", file, alt, w.one(ops).Blocks)
		}
		w.drawn(second, "heap of web-1") // only its lead's
		if _, alt := picture(w.one(ops)); alt != "heap of web-0 97 %" {
			t.Errorf("the group shows %q", alt)
		}

		// It follows a newer one, also by an instance that comes later.
		worse := member(0, "prod")
		worse.Version, worse.Severity, worse.Reason = 2, eventv1.Severity_SEVERITY_CRITICAL, eventv1.IncidentReason_INCIDENT_REASON_UPDATED
		w.publish(worse)
		w.drawn(worse, "heap of web-0 99 %")
		newer, alt := picture(w.one(ops))
		if newer == alone || alt != "heap of web-0 99 %" || !shows(w.one(ops), "chart: 🔴") {
			t.Errorf("after a newer picture the group shows %q, %q", newer, alt)
		}
		w.start()
		time.Sleep(time.Minute)
		first.kill()
		w.publish(member(2, "prod"))
		time.Sleep(2 * time.Minute)
		if file, _ := picture(w.one(ops)); file != newer {
			t.Errorf("after a restart the group shows %q, not %q", file, newer)
		}
		end := resolved(lead, 3)
		w.publish(end)
		w.drawn(end, "heap of web-0 35 %")
		if _, alt := picture(w.one(ops)); alt != "heap of web-0 35 %" || !shows(w.one(ops), "chart: ✅") {
			t.Errorf("after its lead's end the group shows %q", alt)
		}
		if f := w.slack.Faults(); len(f) > 0 {
			t.Errorf("content that Slack refuses: %v", f)
		}
		w.drained(t)
	})
}

// A picture that comes after the group does is shown, and one that is refused
// holds up nothing.
func TestAGroupGoesWithoutAPictureThatIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.rules = together
		w.start()
		time.Sleep(time.Second)
		lead := member(0, "prod")
		w.publish(lead)
		time.Sleep(10 * time.Second)
		w.publish(member(1, "prod"))
		time.Sleep(time.Minute)
		w.drawn(lead, "heap of web-0 97 %")
		if _, alt := picture(w.one(ops)); alt != "heap of web-0 97 %" {
			t.Errorf("the group shows %q", alt)
		}
		w.slack.FileReady = 100 * time.Hour
		worse := member(0, "prod")
		worse.Version, worse.Severity, worse.Reason = 2, eventv1.Severity_SEVERITY_CRITICAL, eventv1.IncidentReason_INCIDENT_REASON_UPDATED
		w.publish(worse)
		w.drawn(worse, "heap of web-0 99 %")
		time.Sleep(2 * time.Minute)
		w.publish(member(2, "prod"))
		time.Sleep(time.Minute)
		if m := w.one(ops); m.Text != "3 incidents · policy=heap env=prod, 3 still open, the worst: heap is 97 % on web-0" || shows(m, "slack_file") || shows(m, "chart:") {
			t.Errorf("the group says %q: %v", m.Text, m.Blocks)
		}
		w.drained(t)
	})
}
