package notifier

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

func TestASilenceUntilResolved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var open atomic.Pointer[eventv1.IncidentChanged]
		for p := range bus.Partition(bus.Partitions) {
			w.background(func(ctx context.Context) error {
				return bus.ServeQueries(ctx, w.alerts, p, func(context.Context, *eventv1.Query) *eventv1.QueryAnswer {
					a := &eventv1.QueryAnswer{}
					if c := open.Load(); c != nil && p == 3 {
						a.Incidents = append(a.Incidents, c)
					}
					return a
				})
			})
		}
		a := w.start()
		time.Sleep(time.Second)
		w.asks(a, "silence service=checkout resolved", "Nothing that it matches is open")
		c := incident("inc1", 1)
		open.Store(c)
		w.asks(a, "silence service=checkout resolved known", "until all of it resolves")
		w.publish(c)
		time.Sleep(5 * time.Minute)
		w.said(0, "heap is 97 %")
		w.asks(a, "silences", "service=checkout")
		a.kill()
		b := w.start()
		time.Sleep(2 * time.Minute)
		w.said(0, "heap is 97 %")
		open.Store(nil)
		w.publish(resolved(c, 2))
		time.Sleep(2 * time.Second)
		w.asks(b, "silences", "Nothing is silenced")
		d := incident("inc2", 1)
		open.Store(d)
		w.publish(d)
		time.Sleep(5 * time.Second)
		w.said(1, "heap is 97 %")
	})
}

func TestWhoMadeASilenceHearsThatItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.start(), w.start()
		time.Sleep(time.Second)
		w.asks(a, "silence service=checkout 1h", "Silenced")
		w.publish(incident("inc1", 1))
		time.Sleep(44 * time.Minute)
		direct := func() (out []chattest.Message) {
			for _, channel := range []string{"UOPERATOR", "DUOPERATOR"} {
				out = append(out, w.roots(channel, "ends soon")...)
			}
			return out
		}
		if n := len(direct()); n != 0 {
			t.Fatalf("%d told too early", n)
		}
		time.Sleep(3 * time.Minute)
		a.kill()
		c := w.start()
		time.Sleep(3 * time.Minute)
		if n := len(direct()); n != 1 {
			t.Fatalf("told %d times", n)
		}
		m := direct()[0]
		value, ok := button(m, "extend")
		if !ok || !shows(m, "heap is 97 %") {
			t.Fatalf("%v", m.Blocks)
		}
		b.kill()
		c.click("UOPERATOR", m.Channel, m.TS, "extend", value, 2)
		time.Sleep(20 * time.Minute)
		w.said(0, "heap is 97 %")
		time.Sleep(4 * time.Hour)
		if n := len(direct()); n != 2 {
			t.Errorf("told %d times of two ends", n)
		}
		w.said(1, "heap is 97 %")
	})
}
