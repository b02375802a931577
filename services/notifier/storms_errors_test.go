package notifier

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

// refusals answers 429 and 500 in turn for what concerns some channels, until
// it is over. Every third 500 has had its effect.
type refusals struct {
	channels []string
	until    time.Time

	mu      sync.Mutex
	n       int
	limited map[string]time.Time // by channel and method: not before
	early   int                  // calls that did not wait as they were told
}

func (f *refusals) decide(c chattest.Call) chattest.Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	channel := c.Form.Get("channel")
	if !slices.Contains(f.channels, channel) || !strings.HasPrefix(c.Method, "chat.") {
		return chattest.Fault{}
	}
	key := channel + c.Method
	if c.At.Before(f.limited[key]) {
		f.early++
	}
	if !c.At.Before(f.until) {
		return chattest.Fault{}
	}
	f.n++
	switch {
	case f.n%2 == 1:
		f.limited[key] = c.At.Add(7 * time.Second)
		return chattest.Fault{Status: 429, RetryAfter: 7}
	case f.n%6 == 0:
		return chattest.Fault{Lost: true}
	}
	return chattest.Fault{Status: 500}
}

// Slack answers 429 and 500 in turn for ten minutes, to all that concerns one
// channel of three, while two hundred incidents open, change and end in all
// three; then, to all three at once.
func TestTenMinutesOfRefusals(t *testing.T) {
	for name, failing := range map[string][]string{"one channel": {ops}, "all channels": {ops, cost, "C000GENERAL"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { tenMinutesOfRefusals(t, failing) })
		})
	}
}

func tenMinutesOfRefusals(t *testing.T, failing []string) {
	w := newWorld(t)
	l := w.start()
	time.Sleep(time.Second)
	f := &refusals{channels: failing, until: time.Now().Add(10 * time.Minute), limited: map[string]time.Time{}}
	w.slack.SetFault(f.decide)
	const n = 200
	three := []string{ops, cost, "C000GENERAL"}
	var all []*eventv1.IncidentChanged
	opened, over := map[string]time.Time{}, map[string]time.Time{}
	for i := range n {
		c := incident(fmt.Sprintf("inc%03d", i), 1)
		c.Channels, c.Severity = []string{"#ops", "#cost", "#general"}, eventv1.Severity_SEVERITY_WARNING
		c.Labels = append(c.Labels, &eventv1.Label{Name: "instance", Value: fmt.Sprintf("web-%03d", i)})
		all, opened[c.GetId()] = append(all, c), time.Now()
		w.publish(c)
		if i >= 20 { // an earlier one is worse, and one before that ends
			worse := incident(all[i-10].GetId(), 2)
			worse.BeganAt, worse.OpenedAt, worse.Channels, worse.Labels = all[i-10].BeganAt, all[i-10].OpenedAt, c.Channels, all[i-10].Labels
			worse.Reason = eventv1.IncidentReason_INCIDENT_REASON_UPDATED
			ended := resolved(all[i-20], 3)
			over[ended.GetId()] = time.Now()
			w.publish(worse, ended)
		}
		time.Sleep(3 * time.Second)
	}
	// Those of the last minute stay open; every other one is over.
	left := map[string]bool{}
	for _, c := range all[n-20:] {
		left[c.GetId()] = true
	}
	if len(failing) == 1 {
		for _, ch := range three[1:] {
			late := time.Duration(0)
			for _, m := range w.slack.Roots(ch) {
				if id, _ := m.Part(); !opened[id].IsZero() {
					late = max(late, m.At.Sub(opened[id]))
				}
			}
			t.Logf("%s, which answers: %d messages for %d incidents, none later than %s", ch, len(w.slack.Roots(ch)), n, late)
			if late > 3*time.Second || len(w.slack.Roots(ch)) != n {
				t.Errorf("%s was held up: %d messages, %s late", ch, len(w.slack.Roots(ch)), late)
			}
		}
	}
	time.Sleep(20 * time.Minute)
	for _, ch := range three {
		w.exactlyOnce(ch, all)
		w.inOrder(ch, over)
		open, edits, replies := 0, 0, map[string]int{}
		for _, m := range w.slack.Roots(ch) {
			edits += m.Edits
			id, _ := m.Part()
			var members, still int
			switch k, _ := fmt.Sscanf(strings.ReplaceAll(m.Text, ",", ""), "%d incidents opened together %d still open", &members, &still); {
			case k == 2:
				open += still
			case strings.HasPrefix(id, "g."): // all of it is over
			case left[id]:
				if open++; strings.HasPrefix(m.Text, "Resolved") {
					t.Errorf("%s: %s is shown as over", ch, id)
				}
			case !strings.HasPrefix(m.Text, "Resolved"):
				t.Errorf("%s: %s is shown as %q", ch, id, m.Text)
			}
			for _, r := range w.slack.Thread(m.TS) {
				id, part := r.Part()
				if replies[id+"/"+part]++; replies[id+"/"+part] > 1 {
					t.Errorf("%s: the reply %s of %s came twice", ch, part, id)
				}
			}
		}
		if open != len(left) {
			t.Errorf("%s: %d are shown as open, want %d", ch, open, len(left))
		}
		t.Logf("%s: %d incidents, %d changes, %d messages, %d edits, %d replies", ch, n, 3*n-30, len(w.slack.Roots(ch)), edits, len(replies))
	}
	if f.early > 0 {
		t.Errorf("%d calls before they were allowed", f.early)
	}
	if faults := w.slack.Faults(); len(faults) > 0 {
		t.Errorf("content that Slack refuses: %v", faults)
	}
	t.Logf("%d refusals; %v limited, %v made again, %v changes told by a later edit, %v told in a message for many", f.n,
		l.metric("notifier_rate_limited_total"), l.metric("notifier_retries_total"), l.metric("notifier_updates_coalesced_total"), l.metric("notifier_incidents_grouped_total"))
	if l.metric("notifier_updates_coalesced_total")+l.metric("notifier_incidents_grouped_total") == 0 {
		t.Error("what is told together is not counted")
	}
	w.drained(t)
}
