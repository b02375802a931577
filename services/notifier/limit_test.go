package notifier

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/explain"
	"github.com/parley-ops/parley/services/notifier/internal/record"
)

// TestLimit: a channel takes three new messages an hour; what is more is in one
// digest, but for what is critical; over a restart and for two instances.
func TestLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.routes = `routes: [{name: calm, channels: ["#ops"], limit: {messages: 3, per: 1h}}]`
		a := w.start()
		time.Sleep(time.Second)
		n := 0
		open := func(s eventv1.Severity) *eventv1.IncidentChanged {
			n++
			c := incident(fmt.Sprintf("i%03d", n), 1)
			c.Severity = s
			w.publish(c)
			time.Sleep(20 * time.Second)
			return c
		}
		warning, critical := eventv1.Severity_SEVERITY_WARNING, eventv1.Severity_SEVERITY_CRITICAL
		for range 5 {
			open(warning)
		}
		roots := w.slack.Roots(ops)
		if len(roots) != 4 || !shows(roots[3], "2 more incidents, in a digest") || !shows(roots[3], "this channel takes 3 new messages in 1 h") {
			t.Fatalf("after five: %v", texts(roots))
		}
		if a.metric("notifier_suppressed_total") != 2 {
			t.Errorf("counted %v", a.metric("notifier_suppressed_total"))
		}
		why, err := explain.Incident(t.Context(), a.n.env.Bus, incident("i005", 1), time.Time.String)
		if err != nil || len(why.Suppressed) != 1 || why.Suppressed[0].Kind != string(record.ByDigest) || why.Places[0].Channel != "#ops" || why.Places[0].Message == "" {
			t.Errorf("why: %+v %v", why, err)
		}
		a.kill()
		w.start()
		w.start()
		time.Sleep(2 * time.Second)
		var last *eventv1.IncidentChanged
		for range 6 {
			last = open(warning)
		}
		roots = w.slack.Roots(ops)
		if len(roots) != 4 || !shows(roots[3], "8 more incidents, in a digest") {
			t.Fatalf("after a restart: %v", texts(roots))
		}
		open(critical)
		if roots = w.slack.Roots(ops); len(roots) != 5 || !shows(roots[4], "CRITICAL") {
			t.Fatalf("a critical one: %v", texts(roots))
		}
		r := resolved(last, 2)
		r.Severity = warning
		w.publish(r)
		time.Sleep(time.Minute)
		if d := w.slack.Roots(ops)[3]; !shows(d, "7 open") || !shows(d, "1 resolved") {
			t.Errorf("one ended: %v", d.Blocks)
		}
		time.Sleep(time.Hour)
		open(warning)
		if roots = w.slack.Roots(ops); len(roots) != 6 {
			t.Errorf("an hour later: %v", texts(roots))
		}
	})
}
