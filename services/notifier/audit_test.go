package notifier

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/audit"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

// What was asked and what came of it is in the audit, each once, however often
// notifiers are started; all of it in one chain.
func TestQuestionsAreInTheAudit(t *testing.T) {
	f := func(otherwise string, want []string) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.offerStops("parley")
			l := w.start()
			w.publish(idle("inc1", 1, otherwise))
			time.Sleep(30 * time.Minute)
			l.kill()
			w.start()
			time.Sleep(2 * time.Hour) // it is over, and longer than the stream knows repeats
			l = w.start()
			time.Sleep(2 * time.Hour)
			l.kill()
			v := audit.NewVerifier(nil)
			var got []string
			for _, m := range bustest.WantEvents[*eventv1.AuditRecord](t, w.b, bus.AuditLog, "audit.>", len(want)) {
				got = append(got, m.Event.GetWhat())
				if m.Event.GetIncidentId() != "inc1" || m.Event.GetReason() == "" {
					t.Errorf("incident and reason: %v", m.Event)
				}
				if err := v.Add(m.Event, ""); err != nil {
					t.Error(err)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
	f("", []string{"owner asked", "default taken"})
	f("stop-instance", []string{"owner asked", "requested"})
	f("stop-database", []string{"owner asked", "default taken"}) // nobody offers it
}
