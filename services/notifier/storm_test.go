package notifier

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

func storm(n int) []*eventv1.IncidentChanged {
	out := make([]*eventv1.IncidentChanged, n)
	for i := range out {
		out[i] = incident(fmt.Sprintf("storm%05d", i), 1)
		out[i].Labels = []*eventv1.Label{{Name: "instance", Value: fmt.Sprintf("web-%d", i)}}
		out[i].Policy = []string{"cpu", "memory", "disk"}[i%3]
	}
	return out
}

func TestAStormIsFewMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 2000
		w := newWorld(t)
		w.slack.SetFault(func(chattest.Call) chattest.Fault { return chattest.Fault{Slow: 100 * time.Millisecond} })
		l := w.start()
		time.Sleep(time.Second)
		began := time.Now()
		all := storm(n)
		for part := range slices.Chunk(all, 200) {
			w.publish(part...)
		}
		w.within(3500*time.Millisecond, "every incident told", func() bool { return w.accounted(ops) == n })
		t.Logf("told after %s in %d messages", time.Since(began), len(w.slack.Roots(ops)))
		time.Sleep(time.Minute)
		if got := len(w.slack.Roots(ops)); got > 6 {
			t.Errorf("%d messages for %d incidents", got, n)
		}
		group := w.group(t, ops)
		for _, text := range []string{"incidents opened together", "critical", "cpu", "instance=web-", " more"} {
			if !shows(group, text) {
				t.Errorf("the group does not show %q", text)
			}
		}
		w.drained(t)

		// An instance that was not there goes on, and knows who is a member.
		l.kill()
		w.start()
		time.Sleep(time.Minute)
		for part := range slices.Chunk(all, 250) {
			var ended []*eventv1.IncidentChanged
			for _, c := range part {
				ended = append(ended, resolved(c, 2))
			}
			w.publish(ended...)
		}
		time.Sleep(5 * time.Minute)
		if !shows(w.group(t, ops), "Resolved after") {
			t.Errorf("the group shows %q", w.group(t, ops).Text)
		}
		if got := w.accounted(ops); got != n {
			t.Errorf("%d of %d incidents are told", got, n)
		}
		if f := w.slack.Faults(); len(f) > 0 {
			t.Errorf("content that Slack refuses: %v", f)
		}
		w.drained(t)
	})
}

// accounted returns how many incidents the messages of a channel stand for.
func (w *world) accounted(channel string) int {
	n := 0
	for _, m := range w.slack.Roots(channel) {
		id, _ := m.Part()
		text := strings.ReplaceAll(m.Text, ",", "")
		if !strings.HasPrefix(id, "g.") && !strings.Contains(text, " incidents · ") && !strings.HasPrefix(text, "All ") {
			n++
			continue
		}
		var members int
		if _, err := fmt.Sscanf(strings.TrimPrefix(text, "All "), "%d", &members); err != nil {
			w.t.Fatalf("group says %q", m.Text)
		}
		n += members
	}
	return n
}

func (w *world) group(t *testing.T, channel string) chattest.Message {
	t.Helper()
	for _, m := range w.slack.Roots(channel) {
		if id, _ := m.Part(); strings.HasPrefix(id, "g.") {
			return m
		}
	}
	t.Fatal("no group")
	return chattest.Message{}
}

// drained fails if anything is left unacknowledged.
func (w *world) drained(t *testing.T) {
	t.Helper()
	c, err := w.b.Conn("admin").JetStream().Consumer(t.Context(), bus.AlertsLog.Name, bus.NotifierIncidents.Name)
	if err != nil {
		t.Fatal(err)
	}
	info, err := c.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.NumAckPending > 0 || info.NumPending > 0 {
		t.Errorf("%d messages not acknowledged, %d not delivered", info.NumAckPending, info.NumPending)
	}
}

func TestALimitForTenMinutesLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		until := time.Now().Add(10 * time.Minute)
		var last time.Time
		w.slack.Fault = func(c chattest.Call) chattest.Fault {
			if c.Form.Get("channel") != ops || !strings.HasPrefix(c.Method, "chat.") {
				return chattest.Fault{}
			}
			if c.At.Before(until) {
				if !last.IsZero() && c.At.Sub(last) < 30*time.Second {
					t.Errorf("asked again after %s, told to wait 30 s", c.At.Sub(last))
				}
				last = c.At
				return chattest.Fault{Status: 429, RetryAfter: 30}
			}
			return chattest.Fault{}
		}
		w.start()
		time.Sleep(time.Second)
		var names []string
		for i := range 3 {
			c := incident(fmt.Sprintf("inc%d", i), 1)
			c.Channels = []string{"#ops"}
			names = append(names, c.GetId())
			w.publish(c)
			other := incident(fmt.Sprintf("other%d", i), 1)
			other.Channels = []string{"#cost"}
			w.publish(other)
			time.Sleep(2 * time.Minute)
			if got := len(w.slack.Roots(cost)); got != i+1 {
				t.Errorf("the other channel has %d messages, want %d", got, i+1)
			}
		}
		first := incident("inc0", 1)
		w.publish(resolved(first, 2)) // it ends before it could be told
		time.Sleep(10 * time.Minute)
		var got []string
		for _, m := range w.slack.Roots(ops) {
			id, _ := m.Part()
			got = append(got, id)
		}
		if !slices.Equal(got, names) {
			t.Errorf("told %v, want %v", got, names)
		}
		if m := w.slack.Roots(ops)[0]; !shows(m, "Resolved after") {
			t.Errorf("the first shows %q", m.Text)
		}
		w.drained(t)
	})
}

func TestTwoInstancesShareAStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 600
		w := newWorld(t)
		w.slack.SetFault(func(chattest.Call) chattest.Fault { return chattest.Fault{Slow: 50 * time.Millisecond} })
		w.start()
		w.start()
		time.Sleep(time.Second)
		all := storm(n)
		for part := range slices.Chunk(all, 20) {
			w.publish(part...)
		}
		time.Sleep(30 * time.Second)
		for i := 0; i < n; i += 2 { // half of them end, told to whichever instance
			w.publish(resolved(all[i], 2))
		}
		time.Sleep(5 * time.Minute)
		if got := w.accounted(ops); got != n {
			t.Errorf("%d of %d incidents are told", got, n)
		}
		stillOpen := 0
		for _, m := range w.slack.Roots(ops) {
			var members, left int
			if _, err := fmt.Sscanf(strings.ReplaceAll(m.Text, ",", ""), "%d incidents opened together %d still open", &members, &left); err == nil {
				stillOpen += left
			} else if !strings.HasPrefix(m.Text, "Resolved") && !strings.HasPrefix(m.Text, "All") {
				stillOpen++
			}
		}
		if stillOpen != n/2 {
			t.Errorf("%d are shown as open, want %d", stillOpen, n/2)
		}
		w.drained(t)
	})
}
