package notifier

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

// saying returns the messages that say this.
func (w *world) roots(channel, text string) (out []chattest.Message) {
	for _, m := range w.slack.Roots(channel) {
		if shows(m, text) {
			out = append(out, m)
		}
	}
	return out
}

// said fails unless so many messages say this.
func (w *world) said(n int, text string) {
	w.t.Helper()
	if got := w.roots(ops, text); len(got) != n {
		w.t.Errorf("%d messages say %q, want %d: %q", len(got), text, n, texts(w.slack.Roots(ops)))
	}
}

// asks gives a command and returns its answer.
func (w *world) asks(l *life, text, want string) string {
	w.t.Helper()
	time.Sleep(10 * time.Millisecond) // each is signed anew
	got := w.saying(l, text)
	if !strings.Contains(got, want) {
		w.t.Errorf("%q: %q, want %q in it", text, got, want)
	}
	return got
}

func TestMaintenance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		a, b := w.start(), w.start()
		time.Sleep(2 * time.Second)
		w.asks(b, "maintenance", "No maintenance is planned")
		w.asks(b, "maintenance add service=checkout from 01:00 to 02:00 new disks", "new disks")
		w.asks(b, "maintenance list", "service=checkout")
		time.Sleep(2 * time.Second)
		w.said(1, "planned maintenance: new disks, from")
		time.Sleep(time.Hour)
		w.said(1, "Maintenance new disks by uoperator has begun")
		w.asks(b, "silences", "maintenance")

		w.publish(incident("inc1", 1))
		time.Sleep(10 * time.Second)
		if n := len(w.roots(ops, "heap is 97 %")); n != 0 {
			t.Fatalf("%d messages in maintenance", n)
		}
		w.asks(b, "why inc1", "maintenance")

		a.kill()
		b.kill() // while it is under way
		time.Sleep(10 * time.Minute)
		c := w.start()
		w.start()
		time.Sleep(time.Minute)
		w.said(1, "has begun")
		w.asks(c, "maintenance extend m 1h", "There is no one maintenance")
		id := w.window().GetId()
		w.asks(c, "maintenance extend "+id+" 90m", "until")
		time.Sleep(2 * time.Second)
		w.said(1, "extended maintenance new disks")
		time.Sleep(80 * time.Minute)
		w.said(0, "Maintenance new disks has ended")
		w.said(0, "heap is 97 %")
		time.Sleep(11 * time.Minute)
		w.said(1, "Maintenance new disks has ended")
		w.said(1, "heap is 97 %")
		m := w.roots(ops, "heap is 97 %")[0]
		if got := strings.Join(texts(w.slack.Thread(m.TS)), "\n"); !strings.Contains(got, "maintenance new disks ended while it is still open") {
			t.Errorf("the thread does not say why it is told now: %q", got)
		}
		time.Sleep(30 * time.Minute)
		w.said(1, "has ended")
	})
}

func TestMaintenanceCanBeEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		l := w.start()
		time.Sleep(time.Second)
		w.asks(l, "maintenance add service=checkout every day 01:00-02:00 reboot", "every day")
		time.Sleep(61 * time.Minute)
		w.said(1, "has begun")
		w.publish(incident("inc1", 1))
		time.Sleep(5 * time.Second)
		w.said(0, "heap is 97 %")
		w.asks(l, "maintenance extend "+w.window().GetId()+" 2h", "only what is once can be extended")
		w.asks(l, "maintenance end "+w.window().GetId()[:6], "has ended")
		time.Sleep(5 * time.Second)
		w.said(1, "has ended")
		w.said(1, "heap is 97 %")
		w.asks(l, "maintenance end "+w.window().GetId(), "has ended already")

		// By order, as the command line does; a second delivery is nothing new.
		start := time.Now().Add(time.Hour)
		m := &eventv1.Maintenance{Id: "w2", Name: "two", Matchers: []*eventv1.Matcher{{Label: "tier", Op: eventv1.Matcher_OP_EQUAL, Value: "db"}}, StartsAt: timestamppb.New(start), EndsAt: timestamppb.New(start.Add(time.Hour))}
		w.placed(l, "o1", &eventv1.Order{Order: &eventv1.Order_Maintenance{Maintenance: &eventv1.MaintenanceOrder{Maintenance: m}}})
		w.placed(l, "o2", &eventv1.Order{Order: &eventv1.Order_EndMaintenance{EndMaintenance: &eventv1.EndMaintenanceOrder{MaintenanceId: "w2"}}})
		time.Sleep(5 * time.Second)
		w.said(1, "planned maintenance: two")
		w.said(1, "cancelled maintenance two")
		now := time.Now()
		w.placed(l, "o3", &eventv1.Order{Order: &eventv1.Order_Maintenance{Maintenance: &eventv1.MaintenanceOrder{Maintenance: &eventv1.Maintenance{Id: "w3", Name: "three",
			Matchers: m.GetMatchers(), StartsAt: timestamppb.New(now), EndsAt: timestamppb.New(now.Add(time.Hour))}}}})
		w.placed(l, "o4", &eventv1.Order{Order: &eventv1.Order_ExtendMaintenance{ExtendMaintenance: &eventv1.ExtendMaintenanceOrder{MaintenanceId: "w3", For: durationpb.New(3 * time.Hour)}}})
		time.Sleep(5 * time.Second)
		w.said(1, "extended maintenance three")
		if e, err := bus.Maintenances.Get(t.Context(), w.b.Conn("admin"), "w3"); err != nil || e.Value.GetEndsAt().AsTime().Sub(now.Add(3*time.Hour)).Abs() > time.Second {
			t.Errorf("extended: %v, %v", e.Value, err)
		}
	})
}

// window returns the one window.
func (w *world) window() *eventv1.Maintenance {
	w.t.Helper()
	all, err := bus.Maintenances.List(w.t.Context(), w.b.Conn("admin"))
	if err != nil || len(all) != 1 {
		w.t.Fatalf("%d windows (%v)", len(all), err)
	}
	return all[0].Value
}

// order gives an order as the command line does.
func (w *world) placed(l *life, id string, o *eventv1.Order) {
	w.t.Helper()
	in := &eventv1.Inbound{Id: "cli/" + id, Backend: "cli", Person: &eventv1.Person{Id: "operator", Name: "ann"}, At: timestamppb.Now(), What: &eventv1.Inbound_Order{Order: o}}
	for range 2 {
		if err := l.n.people.Handle(w.t.Context(), &bus.Message[*eventv1.Inbound]{Event: in, Attempt: 1}); err != nil {
			w.t.Error(err)
		}
	}
}
