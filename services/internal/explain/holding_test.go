package explain

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/label"
)

// What a cause holds back: which, since when, by what, and where it is told; of
// what would open, of what is open, and of what is about to open and flaps.
func TestHeldBackByACause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		notifier, conn := b.Conn("notifier"), b.Conn("operator")
		ctx, now := t.Context(), time.Now()
		put := func(_ uint64, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		stamp := now.Format(time.RFC3339)
		db := &eventv1.IncidentChanged{Id: "db1aaaaaaaaa", Policy: "database-down", Summary: "the database does not answer", OpenedAt: timestamppb.New(now.Add(-time.Minute))}
		put(bus.IncidentCauses.Put(ctx, notifier, db.GetId(), db))
		put(bus.Incidents.Put(ctx, notifier, db.GetId(), []byte(`{"id":"db1aaaaaaaaa","places":[{"channel":"#db","root":{"ts":"1.2"}}]}`)))
		put(bus.Incidents.Put(ctx, notifier, "open1aaaaaaa", []byte(`{"id":"open1aaaaaaa","held":true,"suppressed":[
			{"kind":"silence","at":"`+stamp+`","over":"`+stamp+`","text":"silenced by anna"},
			{"kind":"dependency","by":"db1aaaaaaaaa","at":"`+stamp+`","text":"it follows from “the database does not answer”"}]}`)))
		put(bus.Incidents.Put(ctx, notifier, "before", []byte(`{"id":"before","flap":{"since":"`+stamp+`","count":7}}`)))

		q := Question{Policy: "errors", Routing: routing{
			where: func(Opening, time.Time) []Destination { return []Destination{{Channel: "#web", Why: "web matches"}} },
			cause: func(o Opening, causes []*eventv1.IncidentChanged) (Cause, bool) {
				if len(causes) != 1 || o.Labels.Get("env") != "prod" {
					return Cause{}, false
				}
				return Cause{Incident: causes[0], Rule: "while the database is down, services are told in its message"}, true
			}}}
		would := func(env string) Opening {
			return Opening{Severity: "warning", Labels: label.FromMap(map[string]string{"env": env, "policy": "errors", "severity": "warning", "team": "demo"})}
		}
		f := func(opens []Opening, found []Found, answer string, want ...string) {
			t.Helper()
			n := &Not{Policy: "errors", Severity: "warning", Incidents: found}
			if err := n.held(ctx, conn, q, opens, now); err != nil {
				t.Fatal(err)
			}
			n.judge(&eventv1.Explanation{Known: true, Enabled: true}, now)
			if !strings.Contains(n.Answer, answer) {
				t.Errorf("%q, want %q in it", n.Answer, answer)
			}
			var text strings.Builder
			for _, r := range n.Rows(now, func(at time.Time) string { return "at " + at.Sub(now).String() }) {
				text.WriteString(r.Name + "|" + r.Text + "\n")
			}
			for _, w := range want {
				if !strings.Contains(text.String(), w) {
					t.Errorf("%q is not in\n%s", w, text.String())
				}
			}
		}
		f([]Opening{would("prod")}, nil, "",
			"held back|what opens now follows from incident db1aaaaa “the database does not answer” (policy database-down), open since at -1m0s\n",
			"|by the dependency: while the database is down, services are told in its message\n",
			"|the cause is told in #db: in its own message (1.2)\n", "otherwise|#web: web matches\n")
		f([]Opening{would("dev"), would("prod")}, nil, "", "held back|what opens now on {env=prod} follows from", "would tell|#web: web matches\n")
		f([]Opening{would("prod")}, []Found{{ID: "open1aaaaaaa", State: "open"}}, "It is held back and not told by itself: it follows from “the database does not answer”.",
			"incident|open1aaa is open", "told|not by itself: in the message of what it follows from\nheld back|it follows from “the database does not answer”, from at 0s\n")
		f([]Opening{would("prod")}, []Found{{ID: "p", State: "pending", previous: "before"}}, "It will be held back: it follows from “the database does not answer”.",
			"held back|it flaps, opened 7 times so far: it will be told in the message that is there, and nobody is told anew")
		if n := (&Not{Incidents: []Found{{ID: "unknown", State: "open"}}}); n.standing(ctx, conn) != nil || n.Incidents[0].Held || n.Incidents[0].Told[0] != "nowhere yet: it is pending, or on its way" {
			t.Errorf("%+v", n.Incidents)
		}
	})
}
