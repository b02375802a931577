package bus_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

// both says, for one kind of access, who has it; everybody else must be
// refused by the server.
type both struct {
	subject string
	allowed []string
}

// publishing is every right that matters: what is written here is what may
// happen, and a right given by mistake elsewhere fails the test.
var publishing = []both{
	{"samples.v1.07.batch", []string{"collector"}},
	{"samples.v1.07.control", []string{"evaluator", "notifier"}},
	{"alerts.v1.07", []string{"evaluator"}},
	{"notify.chart.x", []string{"renderer", "operator"}},
	{"inbound.slack.click", []string{"notifier", "operator"}},
	{"inbound.cli.order", []string{"notifier", "operator"}},
	{"actions.req.r1", []string{"notifier", "operator", "actioner"}},
	{"actions.verify.r1", []string{"actioner"}},
	{"runs.v1.r1", []string{"actioner"}},
	{"audit.action.r1", []string{"actioner", "notifier"}},
	// The team's own lands under metrics.custom.demo.custom.…: no forging.
	{"metrics.custom.demo.cpu", []string{"operator", "team demo"}},
	{"dlq.ingest.demo", []string{"collector"}},
	{"dlq.notifier.alerts", []string{"notifier"}},
	{"query.eval.07", []string{"evaluator", "renderer", "notifier", "actioner", "operator"}},
	{"query.draw", []string{"notifier"}},
	{"query.replay", []string{"notifier"}},
	{"query.propose", []string{"notifier"}},
	{"query.action.plan", []string{"notifier", "operator"}},
	{"query.chat.member", []string{"actioner"}},
	{"$KV.rules.policy.x", []string{"evaluator", "operator"}},
	{"$KV.rules.action.x", []string{"actioner"}},
	{"$KV.rules.needs.current", []string{"evaluator"}},
	{"$KV.cloud.target.x", []string{"collector"}},
	{"$KV.orders.freeze.all", []string{"actioner"}},
	{"$O.cloud_positions.M.x", []string{"collector"}},
	{"$KV.incidents.x", []string{"notifier"}},
	{"$KV.silences.x", []string{"notifier"}},
	{"$KV.action_runs.x", []string{"actioner"}},
	{"$KV.action_bounds.x", []string{"actioner"}},
	{"$KV.audit_heads.head.0", []string{"actioner", "notifier"}},
	{"$KV.eval_leases.p.07", []string{"evaluator"}},
	{"$KV.eval_state.s.07", []string{"evaluator"}},
	{"$JS.API.STREAM.CREATE.X", nil},
	{"$JS.API.STREAM.DELETE.SAMPLES", nil},
	{"$JS.API.STREAM.PURGE.AUDIT", nil},
	{"$JS.API.STREAM.MSG.DELETE.AUDIT", nil},
	{"$JS.API.CONSUMER.DURABLE.CREATE.ACTIONS.mine", nil},
	{"$JS.API.CONSUMER.CREATE.ACTIONS.mine", nil},
	{"$JS.API.CONSUMER.CREATE.INBOUND.mine", nil},
	{"$JS.API.CONSUMER.MSG.NEXT.ACTIONS.actioner", []string{"actioner"}},
	{"$JS.API.CONSUMER.MSG.NEXT.INBOUND.notifier", []string{"notifier"}},
	{"$JS.API.CONSUMER.MSG.NEXT.INGEST.normalizer", []string{"collector"}},
	{"$JS.API.CONSUMER.MSG.NEXT.ALERTS.renderer", []string{"renderer", "operator"}},
}

var listening = []both{
	{"query.eval.07", []string{"evaluator"}},
	{"query.draw", []string{"renderer"}},
	{"query.replay", []string{"evaluator"}},
	{"query.propose", []string{"evaluator"}},
	{"_INBOX_notifier.x", []string{"notifier"}},
	{"_INBOX_collector.x", []string{"collector"}},
	{"actions.req.>", nil},
	{"metrics.custom.>", nil},
	{"samples.v1.>", nil},
	{">", nil},
}

// refusals collects what the server refuses a connection.
type refusals struct {
	mu   sync.Mutex
	seen []string
}

func (r *refusals) add(_ *nats.Conn, _ *nats.Subscription, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, err.Error())
}

// about reports whether the server refused this verb ("Publish",
// "Subscription") to this subject.
func (r *refusals) about(verb, subject string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.seen {
		if strings.Contains(s, verb+` to "`+subject+`"`) {
			return true
		}
	}
	return false
}

func TestEveryRightIsGivenToThoseWhoNeedItAndRefusedToOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		users := []string{"team demo"}
		for _, r := range bus.Roles() {
			users = append(users, r.Name)
		}
		for _, user := range users {
			var nc *nats.Conn
			if user == "team demo" {
				nc = b.Team()
			} else {
				nc = b.Conn(user).NATS()
			}
			refused := &refusals{}
			nc.SetErrorHandler(refused.add)
			for _, p := range publishing {
				if err := nc.Publish(p.subject, []byte("x")); err != nil {
					t.Fatal(err)
				}
			}
			for _, l := range listening {
				if _, err := nc.Subscribe(l.subject, func(*nats.Msg) {}); err != nil {
					t.Fatal(err)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			if err := nc.FlushWithContext(ctx); err != nil {
				t.Fatal(err)
			}
			cancel()
			synctest.Wait()
			check := func(what string, cases []both) {
				for _, c := range cases {
					want := slices.Contains(c.allowed, user)
					if got := !refused.about(what, c.subject); got != want {
						t.Errorf("%s: %s to %s allowed: %v, want %v", user, what, c.subject, got, want)
					}
				}
			}
			check("Publish", publishing)
			check("Subscription", listening)
		}
	})
}

func TestNobodyMayChangeTheAudit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		admin := b.Conn("admin")
		seq, err := bus.Publish(t.Context(), b.Conn("actioner"), bus.Audit("action", "r1"), "1", &eventv1.AuditRecord{Id: "1"})
		if err != nil {
			t.Fatal(err)
		}
		stream, err := admin.JetStream().Stream(t.Context(), bus.AuditLog.Name)
		if err != nil {
			t.Fatal(err)
		}
		if err := stream.DeleteMsg(t.Context(), seq); err == nil {
			t.Error("the admin deleted an audit record")
		}
		if err := stream.Purge(t.Context()); err == nil {
			t.Error("the admin purged the audit")
		}
	})
}
