package run

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/actioner/declare"
	"github.com/parley-ops/parley/services/actioner/internal/action"
	"github.com/parley-ops/parley/services/actioner/internal/action/actiontest"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
)

func TestMain(m *testing.M) { bustest.Main(m) }

// declared are the actions of these tests: one with a token, one without, one
// that needs a second person.
const declared = `
actions:
  - {name: token, kind: webhook, allow: ["@ops"], cool_down: 0s, per_hour: 10000, timeout: 9s, webhook: {url: "https://a.example/", secret: "env:X", idempotent: true}}
  - {name: plain, kind: webhook, allow: ["@ops"], cool_down: 0s, per_hour: 10000, timeout: 9s, webhook: {url: "https://a.example/", secret: "env:X"}}
  - {name: long, kind: webhook, allow: ["@ops"], cool_down: 0s, timeout: 2m, webhook: {url: "https://a.example/", secret: "env:X"}}
  - {name: bounded, kind: webhook, allow: ["@ops"], cool_down: 0s, per_hour: 7, webhook: {url: "https://a.example/", secret: "env:X"}}
  - {name: cooled, kind: webhook, allow: ["@ops"], cool_down: 1m, parameters: {service: "{{ labels.service }}"}, webhook: {url: "https://a.example/", secret: "env:X"}}
  - {name: two, kind: webhook, allow: ["@ops"], cool_down: 0s, approval: {required: true, from: ["@ops"], within: 15m}, webhook: {url: "https://a.example/", secret: "env:X"}}
  - {name: nobody, kind: webhook, webhook: {url: "https://a.example/", secret: "env:X"}}
  - {name: after, kind: webhook, allow: ["@ops"], when_resolved: allow, webhook: {url: "https://a.example/", secret: "env:X"}}
`

// bed is a bus with people, an evaluator and the far side of all actions.
type bed struct {
	t         *testing.T
	bus       *bustest.Bus
	fleet     *actiontest.Fleet
	cloud     *actiontest.Cloud
	evaluator *actiontest.Evaluator
	incident  *eventv1.IncidentChanged
	notifier  *bus.Conn
	reader    *bus.Conn

	schedules bool
	member    func(context.Context, *eventv1.Actor, []string) ([]string, error)

	mu      sync.Mutex
	actions map[string]declare.Action
	n       int
}

func newBed(t *testing.T) *bed {
	b := bustest.New(t)
	s := &bed{t: t, bus: b, fleet: &actiontest.Fleet{}, cloud: newCloud(), notifier: b.Conn("notifier"), reader: b.Conn("admin")}
	s.evaluator = actiontest.NewEvaluator(t, b.Conn("evaluator"), 7)
	s.incident = s.evaluator.Open("inc-1", 97)
	s.declare(declared)
	return s
}

func (s *bed) declare(text string) {
	s.t.Helper()
	actions, problems := declare.Parse("test.yaml", []byte(text), declare.Options{Deps: action.Deps{
		Secrets:   action.NewVault(func(string) (string, error) { return actiontest.Secret, nil }),
		Accounts:  actiontest.Accounts(s.cloud),
		Transport: func(action.Guard) http.RoundTripper { return s.fleet }}})
	for _, p := range problems {
		s.t.Fatal(p)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.actions = map[string]declare.Action{}
	for _, a := range actions {
		s.actions[a.Name] = a
	}
}

func (s *bed) action(name string) (declare.Action, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.actions[name]
	return a, ok
}

// errKilled is the end of an executor.
var errKilled = errors.New("killed")

// actioner runs one, which dies where halt says so: then it does nothing more,
// ever, and another one is started in its place.
func (s *bed) actioner(ctx context.Context, wg *sync.WaitGroup, halt func(point string) bool) {
	s.mu.Lock()
	s.n++
	instance := fmt.Sprintf("actioner-%d", s.n)
	s.mu.Unlock()
	life, die := context.WithCancel(ctx)
	dead := func() bool { return life.Err() != nil && ctx.Err() == nil }
	conn := s.bus.Conn("actioner")
	r := &Runner{Bus: conn, Instance: instance, Log: bustest.Log(s.t), Action: s.action, Metrics: NewMetrics(nil, nil), FreezeAllow: []string{"@ops"}, Member: s.member,
		Account: func(name string) (string, bool) { return name, name != "999999999999" }}
	r.halt = func(point string) error {
		if dead() || halt != nil && halt(point) {
			die()
			return errKilled
		}
		return nil
	}
	alive := func(handle func(context.Context, *bus.Message[*eventv1.ActionMessage]) error) func(context.Context, *bus.Message[*eventv1.ActionMessage]) error {
		return func(ctx context.Context, m *bus.Message[*eventv1.ActionMessage]) error {
			if dead() {
				return errKilled
			}
			return handle(ctx, m)
		}
	}
	if s.schedules {
		wg.Go(func() { r.Schedules(life) })
	}
	wg.Go(func() { _ = bus.Consume(life, conn, bus.ActionerVerifications, alive(r.Remind)) })
	wg.Go(func() {
		_ = bus.Consume(life, conn, bus.ActionerRequests, alive(r.Request))
		if dead() {
			s.actioner(ctx, wg, halt)
		}
		die()
	})
}

// with runs n actioners for as long as body does.
func (s *bed) with(n int, halt func(point string) bool, body func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for range n {
		s.actioner(ctx, &wg, halt)
	}
	defer wg.Wait()
	defer cancel()
	body()
}

func person(id string, groups ...string) *eventv1.Actor {
	return &eventv1.Actor{Person: &eventv1.Person{Id: id, Name: "name of " + id}, Backend: "slack", Groups: groups}
}

var ann, bob = person("U1", "@ops"), person("U2", "@ops")

func (s *bed) request(id, action string, change ...func(*eventv1.RunRequested)) {
	s.t.Helper()
	r := &eventv1.RunRequested{RunId: id, Action: action, Incident: s.incident, At: timestamppb.Now(), Actor: ann}
	for _, c := range change {
		c(r)
	}
	s.publish(id, &eventv1.ActionMessage{Message: &eventv1.ActionMessage_Request{Request: r}})
}

func (s *bed) decide(id, hash string, yes bool, who *eventv1.Actor) {
	s.t.Helper()
	s.publish(id, &eventv1.ActionMessage{Message: &eventv1.ActionMessage_Decision{Decision: &eventv1.RunDecided{
		RunId: id, PlanHash: hash, Approved: yes, Actor: who, At: timestamppb.Now()}}})
}

// publish sends with an id of its own each time, as if it were another message.
func (s *bed) publish(id string, m *eventv1.ActionMessage) {
	s.t.Helper()
	s.mu.Lock()
	s.n++
	n := s.n
	s.mu.Unlock()
	if _, err := bus.Publish(context.Background(), s.notifier, bus.ActionRequests(id), fmt.Sprintf("msg/%d", n), m); err != nil {
		s.t.Fatal(err)
	}
}

// run returns a run as it is now.
func (s *bed) run(id string) *eventv1.RunChanged {
	s.t.Helper()
	e, err := bus.ActionRuns.Get(context.Background(), s.reader, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return e.Value.GetRun()
}

// want fails unless the run is in this state, with each version of it
// published and, but for unaudited ones, audited.
func (s *bed) want(id string, state eventv1.RunState) *eventv1.RunChanged {
	s.t.Helper()
	run := s.run(id)
	if run.GetState() != state {
		s.t.Errorf("run %s is %v (%s), want %v", id, run.GetState(), run.GetResult(), state)
	}
	got := map[uint32]bool{}
	for _, m := range s.messages(bus.RunsLog, "runs.v1."+id) {
		c, err := bus.Decode[*eventv1.RunChanged](m)
		if err != nil {
			s.t.Fatal(err)
		}
		got[c.Event.GetVersion()] = true
	}
	for v := uint32(1); v <= run.GetVersion(); v++ {
		if !got[v] {
			s.t.Errorf("run %s: version %d of %d was never published", id, v, run.GetVersion())
		}
	}
	return run
}

// audited returns what the audit has of a run, in order.
func (s *bed) audited(id string) []string {
	s.t.Helper()
	var out []string
	for _, m := range s.messages(bus.AuditLog, "audit.action."+id) {
		a, err := bus.Decode[*eventv1.AuditRecord](m)
		if err != nil {
			s.t.Fatal(err)
		}
		out = append(out, a.Event.GetWhat())
	}
	return out
}
