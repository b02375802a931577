package notifier

import (
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
	"github.com/parley-ops/parley/services/notifier/internal/message"
)

// four are the channels of a storm, by id.
var four = map[string]string{ops: "#ops", cost: "#cost", "C000GENERAL": "#general", "C00000LEADS": "#leads"}

// stands returns in how many messages of a channel each incident is: its own,
// and those of the groups whose records list it.
func (w *world) stands(channel string) map[string]int {
	w.t.Helper()
	members := map[string][]string{}
	all, err := bus.IncidentGroups.List(w.t.Context(), w.b.Conn("admin"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range all {
		parts := strings.Split(e.Key, ".")
		if len(parts) != 3 {
			continue
		}
		var list []*message.Member
		if err := json.Unmarshal(e.Value, &list); err != nil {
			w.t.Fatal(err)
		}
		for _, m := range list {
			members[parts[0]+"."+parts[1]] = append(members[parts[0]+"."+parts[1]], m.ID)
		}
	}
	in := map[string]int{}
	for _, m := range w.slack.Roots(channel) {
		id, _ := m.Part()
		key, isGroup := strings.CutPrefix(id, bus.IncidentGroups.Prefix)
		if !isGroup {
			in[id]++
			continue
		}
		for _, member := range members[key] {
			in[member]++
		}
		var said int
		_, _ = fmt.Sscanf(strings.TrimPrefix(strings.ReplaceAll(m.Text, ",", ""), "All "), "%d", &said)
		if said != len(members[key]) {
			w.t.Errorf("the message of %d incidents says %q", len(members[key]), m.Text)
		}
	}
	return in
}

// exactlyOnce fails unless each incident is in one message of the channel.
func (w *world) exactlyOnce(channel string, all []*eventv1.IncidentChanged) {
	w.t.Helper()
	in := w.stands(channel)
	var lost, doubled []string
	for _, c := range all {
		switch n := in[c.GetId()]; {
		case n == 0:
			lost = append(lost, c.GetId())
		case n > 1:
			doubled = append(doubled, c.GetId())
		}
		delete(in, c.GetId())
	}
	if len(lost)+len(doubled)+len(in) > 0 {
		w.t.Errorf("%s: %d lost %v, %d doubled %v, %d unknown", channel, len(lost), lost[:min(len(lost), 5)], len(doubled), doubled[:min(len(doubled), 5)], len(in))
	}
}

// inOrder fails unless the incidents' own messages came in the order of the
// incidents. What was over before it could be told has no place in it: news
// come first.
func (w *world) inOrder(channel string, over map[string]time.Time) {
	w.t.Helper()
	var own []string
	for _, m := range w.slack.Roots(channel) {
		id, _ := m.Part()
		if end, ended := over[id]; !strings.HasPrefix(id, bus.IncidentGroups.Prefix) && !(ended && m.At.After(end)) {
			own = append(own, id)
		}
	}
	if !slices.IsSorted(own) {
		w.t.Errorf("%s: told in the order %v", channel, own)
	}
}

// Ten thousand incidents at once, each in four channels, of which one answers
// slowly: few messages stand for all of them, and show that all ended.
func TestTenThousandAtOnceInFourChannels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		slow := "C00000LEADS"
		first := map[string]time.Time{}
		w.slack.SetFault(func(c chattest.Call) chattest.Fault {
			if c.Form.Get("channel") == slow {
				return chattest.Fault{Slow: 5 * time.Second}
			}
			return chattest.Fault{Slow: 100 * time.Millisecond}
		})
		l := w.start()
		time.Sleep(time.Second)
		all := storm(stormSize)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		// What #general takes at once is used up: whoever has a message of its own
		// elsewhere is one of many there.
		early := storm(3)
		for i, c := range early {
			c.Id, c.Channels = fmt.Sprintf("early%d", i), []string{"#general"}
		}
		w.publish(early...)
		time.Sleep(time.Second / 2)
		began := time.Now()
		for part := range slices.Chunk(all, 250) {
			for _, c := range part {
				c.Channels, c.Severity = []string{"#ops", "#cost", "#general", "#leads"}, eventv1.Severity_SEVERITY_WARNING
			}
			w.publish(part...)
		}
		told := func(ch string) []*eventv1.IncidentChanged {
			if ch == "C000GENERAL" {
				return slices.Concat(early, all)
			}
			return all
		}
		for time.Since(began) < time.Minute {
			time.Sleep(250 * time.Millisecond)
			for ch := range four {
				if _, ok := first[ch]; !ok && w.accounted(ch) == len(told(ch)) {
					first[ch] = time.Now()
				}
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		for ch, name := range four {
			at, ok := first[ch]
			limit := 8 * time.Second
			if ch == slow {
				limit = 45 * time.Second
			}
			if !ok || at.Sub(began) > limit {
				t.Errorf("%s: all %d told after %s (%v)", name, stormSize, at.Sub(began), ok)
			}
			w.exactlyOnce(ch, told(ch))
			w.inOrder(ch, nil)
			t.Logf("%s: %d incidents in %d messages, all told after %s", name, stormSize, len(w.slack.Roots(ch)), at.Sub(began))
			if n := len(w.slack.Roots(ch)); n > 10 {
				t.Errorf("%s: %d messages", name, n)
			}
		}
		grown := float64(int64(after.HeapAlloc)-int64(before.HeapAlloc)) / (1 << 20)
		t.Logf("the heap, with the bus and the workspace in it, grew by %.0f MiB: %.1f KiB for an incident", grown, grown*1024/stormSize)
		if grown*1024/stormSize > 16 {
			t.Error("that is too much to keep of one that many stand for")
		}
		w.drained(t)

		// Each tenth is worse, then all end.
		for part := range slices.Chunk(all, 250) {
			var changed []*eventv1.IncidentChanged
			for i := 0; i < len(part); i += 10 {
				c := incident(part[i].GetId(), 2)
				c.Labels, c.Policy, c.Channels, c.OpenedAt, c.BeganAt = part[i].Labels, part[i].Policy, part[i].Channels, part[i].OpenedAt, part[i].BeganAt
				c.Reason = eventv1.IncidentReason_INCIDENT_REASON_UPDATED
				changed = append(changed, c)
			}
			w.publish(changed...)
		}
		time.Sleep(30 * time.Second)
		for part := range slices.Chunk(told("C000GENERAL"), 250) {
			var ended []*eventv1.IncidentChanged
			for _, c := range part {
				ended = append(ended, resolved(c, 3))
			}
			w.publish(ended...)
		}
		time.Sleep(5 * time.Minute)
		for ch, name := range four {
			w.exactlyOnce(ch, told(ch))
			edits := 0
			for _, m := range w.slack.Roots(ch) {
				edits += m.Edits
				if !shows(m, "Resolved after") && !strings.HasPrefix(m.Text, "All ") {
					t.Errorf("%s: at the end a message shows %q", name, m.Text)
				}
			}
			t.Logf("%s: %d changes in %d messages, %d edits, %d replies", name, 2*stormSize+stormSize/10, len(w.slack.Roots(ch)), edits, len(w.slack.Messages(ch))-len(w.slack.Roots(ch)))
		}
		if f := w.slack.Faults(); len(f) > 0 {
			t.Errorf("content that Slack refuses: %v", f)
		}
		if n := l.metric("notifier_waiting"); n != 0 {
			t.Errorf("%v incidents still wait", n)
		}
		w.drained(t)
	})
}
