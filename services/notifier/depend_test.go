package notifier

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/notifier/internal/chat/chattest"
)

const dependent = `
dependencies:
  - {when: {policy: database-down}, suppresses: {tier: service}, equal: [env]}
`

// dependentOf returns an incident of what depends on the database.
func dependentOf(n int, env string) *eventv1.IncidentChanged {
	c := incident(fmt.Sprintf("svc%03d", n), 1)
	c.Policy, c.Summary = "errors", fmt.Sprintf("errors on service-%d", n)
	c.Labels = []*eventv1.Label{{Name: "env", Value: env}, {Name: "service", Value: fmt.Sprint("service-", n)}, {Name: "tier", Value: "service"}}
	return c
}

func database() *eventv1.IncidentChanged {
	c := incident("db1", 1)
	c.Policy, c.Summary = "database-down", "the database does not answer"
	c.Labels = []*eventv1.Label{{Name: "env", Value: "prod"}}
	return c
}

func TestWhatDependsOnACauseIsNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.routes = dependent
		l := w.start()
		time.Sleep(time.Second)
		early := dependentOf(100, "prod") // is told before the cause is known
		w.publish(early)
		time.Sleep(20 * time.Second)
		db := database()
		w.publish(dependentOf(0, "prod"), db, dependentOf(1, "prod"), dependentOf(2, "prod")) // in any order
		for n := 3; n < 7; n++ {
			time.Sleep(3 * time.Second)
			w.publish(dependentOf(n, "prod"))
		}
		w.publish(dependentOf(8, "dev")) // another environment's
		time.Sleep(time.Minute)
		roots := w.slack.Roots(ops)
		if len(roots) != 3 {
			t.Fatalf("messages %v", texts(roots))
		}
		if !shows(roots[1], "holds back 7 incidents of what depends on it") {
			t.Errorf("the cause shows %v", roots[1].Blocks)
		}
		thread := ""
		for _, m := range w.slack.Thread(roots[1].TS) {
			for _, b := range m.Blocks {
				thread += fmt.Sprint(b)
			}
		}
		for n := range 7 {
			if strings.Count(thread, fmt.Sprintf("errors on service-%d", n)) != 1 {
				t.Errorf("the thread lists service-%d not once", n)
			}
		}
		if !shows(roots[0], "probable cause: the database does not answer") {
			t.Error("what was told before does not name the cause")
		}
		if l.metric("notifier_suppressed_total") != 7 {
			t.Errorf("%v suppressions counted", l.metric("notifier_suppressed_total"))
		}

		// What ends meanwhile was never told; what is still open after the grace is.
		for n := range 5 {
			w.publish(resolved(dependentOf(n, "prod"), 2))
		}
		time.Sleep(time.Minute)
		if !shows(w.slack.Roots(ops)[1], "2 still open") {
			t.Error("the cause does not count what is open")
		}
		l.kill()
		w.publish(resolved(db, 2))
		w.start()
		time.Sleep(90 * time.Second)
		if n := len(w.slack.Roots(ops)); n != 3 {
			t.Errorf("%d messages within the grace", n)
		}
		time.Sleep(2 * time.Minute)
		roots = w.slack.Roots(ops)
		if len(roots) != 5 || !strings.Contains(roots[3].Text, "service-5") || !strings.Contains(roots[4].Text, "service-6") {
			t.Errorf("after the grace: %v", texts(roots))
		}
		if !shows(roots[1], "held back 7 incidents") {
			t.Error("at its end the cause does not say what it held back")
		}
		if f := w.slack.Faults(); len(f) > 0 {
			t.Errorf("content that Slack refuses: %v", f)
		}
		w.drained(t)
	})
}

// In a storm the cause keeps its message, and what depends on it is in no other.
func TestACauseInAStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.routes = dependent
		w.slack.SetFault(func(chattest.Call) chattest.Fault { return chattest.Fault{Slow: 100 * time.Millisecond} })
		w.start()
		w.start()
		time.Sleep(time.Second)
		all := []*eventv1.IncidentChanged{}
		for n := range 30 {
			all = append(all, dependentOf(n, "prod"))
		}
		all = append(all, database())
		all = append(all, storm(100)...)
		w.publish(all...)
		time.Sleep(3 * time.Minute)
		for _, m := range w.slack.Roots(ops) {
			if strings.Contains(m.Text, "service-") {
				t.Errorf("told: %q", m.Text)
			}
			if strings.Contains(m.Text, "database") && !shows(m, "holds back 30 incidents") {
				t.Errorf("the cause shows %v", m.Blocks)
			}
		}
		if got := w.accounted(ops); got != 101 {
			t.Errorf("%d told", got)
		}
		w.drained(t)
	})
}
