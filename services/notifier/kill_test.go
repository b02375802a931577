package notifier

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

// TestAKillAtAnyPointDoublesAndLosesNothing kills the notifier at every call
// to the chat of an incident's life, before the call has its effect and after,
// and lets another instance go on.
func TestAKillAtAnyPointDoublesAndLosesNothing(t *testing.T) {
	const steps = 24
	for step := 1; step <= steps; step++ {
		for _, after := range []bool{false, true} {
			if testing.Short() && step%3 != 0 {
				continue
			}
			t.Run(fmt.Sprintf("call %d after=%v", step, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { killAt(t, step, after) })
			})
		}
	}
}

func killAt(t *testing.T, step int, after bool) {
	w := newWorld(t)
	first := w.start()
	var killed atomic.Bool
	w.slack.SetFault(func(c chattest.Call) chattest.Fault {
		if c.N != step || !killed.CompareAndSwap(false, true) {
			return chattest.Fault{}
		}
		first.kill()
		if after {
			return chattest.Fault{Lost: true}
		}
		return chattest.Fault{Dead: true}
	})
	c := incident("inc1", 1)
	c.Channels = []string{"#ops", "#cost"}
	w.publish(c)
	w.chart(&eventv1.ChartRendered{IncidentId: "inc1", IncidentVersion: 1, AltText: "97 %"})
	time.Sleep(30 * time.Second)
	second := w.start()
	time.Sleep(5 * time.Minute)
	w.publish(resolved(c, 2))
	time.Sleep(5 * time.Minute)
	if !killed.Load() {
		first.kill() // its life had fewer calls
	}
	_ = second
	for _, ch := range []string{ops, cost} {
		m := w.one(ch)
		if !shows(m, "Resolved after") {
			t.Errorf("%s shows %q", ch, m.Text)
		}
		if !shows(m, "slack_file") {
			t.Errorf("%s has no picture", ch)
		}
		parts := map[string]int{}
		for _, r := range w.slack.Thread(m.TS) {
			_, part := r.Part()
			parts[part]++
		}
		for part, n := range parts {
			if n > 1 {
				t.Errorf("%s: %s was posted %d times", ch, part, n)
			}
		}
		if len(parts) == 0 {
			t.Errorf("%s: nothing in the thread", ch)
		}
	}
}

// TestKillsAtRandomTimes kills and restarts the notifier again and again while
// incidents open and resolve and Slack is slow.
func TestKillsAtRandomTimes(t *testing.T) {
	seeds := 10
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { killOften(t, uint64(seed)) })
		})
	}
}

func killOften(t *testing.T, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	w := newWorld(t)
	w.slack.Fault = func(c chattest.Call) chattest.Fault {
		return chattest.Fault{Slow: time.Duration(c.N%7) * 40 * time.Millisecond, Lost: c.N%11 == 3}
	}
	l := w.start()
	var open []*eventv1.IncidentChanged
	for i := range 24 {
		c := incident(fmt.Sprintf("inc%02d", i), 1)
		c.Channels = []string{"#ops", "#cost"}[:1+i%2]
		open = append(open, c)
		w.publish(c)
		time.Sleep(time.Duration(rnd.IntN(2500)) * time.Millisecond)
		if i%2 == 0 {
			l.kill()
			l = w.start()
		}
		if i > 6 && i%3 == 0 {
			w.publish(resolved(open[i-6], 2))
		}
	}
	time.Sleep(20 * time.Minute)
	for _, ch := range []string{ops, cost} {
		messages, members := map[string]int{}, map[string]bool{}
		for _, m := range w.slack.Roots(ch) {
			id, _ := m.Part()
			messages[id]++
			for _, c := range open {
				if strings.HasPrefix(id, "g.") && shows(m, "`"+c.GetId()+"`") {
					members[c.GetId()] = true
				}
			}
		}
		for i, c := range open {
			if ch == cost && i%2 == 0 {
				continue
			}
			if messages[c.GetId()] == 0 && !members[c.GetId()] {
				t.Errorf("%s: %s was lost", ch, c.GetId())
			}
			if messages[c.GetId()] > 0 && members[c.GetId()] {
				t.Errorf("%s: %s is told twice", ch, c.GetId())
			}
		}
		for id, n := range messages {
			if n > 1 {
				t.Errorf("%s: %s has %d messages", ch, id, n)
			}
		}
	}
}

// TestAKillInAStormDoublesAndLosesNothing kills the notifier while a group is
// made, posted and edited.
func TestAKillInAStormDoublesAndLosesNothing(t *testing.T) {
	for step := 2; step <= 9; step++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("call %d after=%v", step, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { killInStorm(t, step, after) })
			})
		}
	}
}

func killInStorm(t *testing.T, step int, after bool) {
	const n = 60
	w := newWorld(t)
	first := w.start()
	var killed atomic.Bool
	w.slack.SetFault(func(c chattest.Call) chattest.Fault {
		if c.N != step || !killed.CompareAndSwap(false, true) {
			return chattest.Fault{Slow: 30 * time.Millisecond}
		}
		first.kill()
		return chattest.Fault{Lost: after, Dead: !after}
	})
	time.Sleep(time.Second)
	all := storm(n)
	w.publish(all[:30]...)
	time.Sleep(2 * time.Second)
	w.publish(all[30:]...)
	time.Sleep(10 * time.Second)
	w.start()
	time.Sleep(10 * time.Minute)
	if got := w.accounted(ops); got != n {
		t.Errorf("%d of %d incidents are told", got, n)
	}
	seen := map[string]bool{}
	for _, m := range w.slack.Roots(ops) {
		id, _ := m.Part()
		if seen[id] {
			t.Errorf("%s is told twice", id)
		}
		seen[id] = true
	}
	w.drained(t)
}
