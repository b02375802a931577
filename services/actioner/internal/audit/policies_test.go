package audit_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/internal/audit"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

func TestMain(m *testing.M) { bustest.Main(m) }

func TestPoliciesComeChangeAndGo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		ctx, conn := t.Context(), b.Conn("evaluator")
		put := func(name, origin, author string) {
			if _, err := bus.Policies.Put(ctx, conn, name, &eventv1.PolicyDocument{Name: name, Origin: origin, Author: author}); err != nil {
				t.Fatal(err)
			}
		}
		// Two actioners, both started again now and then.
		start := func() context.CancelFunc {
			ctx, cancel := context.WithCancel(ctx)
			done := make(chan struct{}, 2)
			for range 2 {
				p := &audit.Policies{Bus: b.Conn("actioner"), Log: bustest.Log(t)}
				go func() { p.Run(ctx); done <- struct{}{} }()
			}
			return func() { cancel(); <-done; <-done }
		}
		put("disk", "file", "")
		stop := start()
		time.Sleep(time.Minute)
		put("slow", "cli", "ann")
		time.Sleep(time.Minute)
		put("slow", "cli", "bob")
		time.Sleep(2 * time.Hour) // longer than the stream knows repeats
		stop()
		put("disk", "cli", "ann") // while nobody looks
		if err := bus.Policies.Delete(ctx, conn, "slow", 0); err != nil {
			t.Fatal(err)
		}
		stop = start()
		time.Sleep(time.Minute)
		put("slow", "cli", "ann")
		time.Sleep(time.Minute)
		stop()

		var got []string
		for _, m := range bustest.WantEvents[*eventv1.AuditRecord](t, b, bus.AuditLog, "audit.policy.>", 6) {
			r := m.Event
			got = append(got, strings.Join([]string{r.GetWhat(), r.GetTarget(), r.GetActor().GetPerson().GetName(), r.GetReason()}, "|"))
		}
		want := []string{
			"policy applied|disk||of the evaluator's folder of policies",
			"policy applied|slow|ann|of the command line",
			"policy changed|slow|bob|of the command line",
			"policy changed|disk|ann|of the command line",
			"policy deleted|slow||it is no more: its file went, or parley policy delete",
			"policy applied|slow|ann|of the command line",
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s", strings.Join(got, "\n"))
		}
	})
}
