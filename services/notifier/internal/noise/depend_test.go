package noise

import (
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/label"
)

var start = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

func in(policy, env string, opened, resolved time.Duration) *eventv1.IncidentChanged {
	c := &eventv1.IncidentChanged{Id: policy + env, Policy: policy, State: eventv1.IncidentState_INCIDENT_STATE_OPEN,
		OpenedAt: timestamppb.New(start.Add(opened)), Labels: []*eventv1.Label{{Name: "env", Value: env}}}
	if resolved > 0 {
		c.State, c.ResolvedAt = eventv1.IncidentState_INCIDENT_STATE_RESOLVED, timestamppb.New(start.Add(resolved))
	}
	return c
}

func rule(when, suppresses string) Dependency {
	match := func(policy string) label.Matchers {
		m, err := label.ParseValue("policy", policy)
		if err != nil {
			panic(err)
		}
		return label.Matchers{m}
	}
	return Dependency{When: match(when), Suppresses: match(suppresses), Equal: []string{"env"}, Wait: 2 * time.Minute}
}

func TestCause(t *testing.T) {
	t.Parallel()
	d := Dependencies{rule("db", "api"), rule("api", "web"), rule("left", "right"), rule("right", "left")}
	f := func(c *eventv1.IncidentChanged, at time.Duration, want string, causes ...*eventv1.IncidentChanged) {
		t.Helper()
		got := d.Cause(c, causes, start.Add(at))
		if got.Cause.GetId() != want || (want == "") != (len(got.By) == 0) {
			t.Errorf("%s follows from %q by %q, want %q", c.GetId(), got.Cause.GetId(), got.By, want)
		}
	}
	const m = time.Minute
	db, api := in("db", "prod", m, 0), in("api", "prod", 2*m, 0)
	f(api, 3*m, "dbprod", db, api)
	f(in("api", "dev", 2*m, 0), 3*m, "", db)
	f(in("web", "prod", 3*m, 0), 3*m, "dbprod", db, api) // the first link
	f(in("api", "prod", 30*time.Second, 0), 3*m, "dbprod", db)
	f(in("api", "prod", -m, 0), 3*m, "", db) // long before
	ended := in("db", "prod", m, 5*m)
	f(api, 6*m, "dbprod", ended)
	f(api, 7*m, "", ended)
	left, right := in("left", "prod", m, 0), in("right", "prod", m+time.Second, 0)
	f(left, 3*m, "", left, right)
	f(right, 3*m, "leftprod", left, right)
	by := d.Cause(in("web", "prod", 3*m, 0), []*eventv1.IncidentChanged{db, api}, start.Add(3*m)).By
	if len(by) != 2 || by[0].String() != "while policy=api is open, policy=web with the same env is told in its message" {
		t.Errorf("by %q", by)
	}
	if next := d.Next([]*eventv1.IncidentChanged{db, ended}, start.Add(6*m)); !next.Equal(start.Add(7 * m)) {
		t.Errorf("next %s", next)
	}
	if !d.IsCause(db) || d.IsCause(in("web", "prod", 0, 0)) {
		t.Error("what others depend on is mistaken")
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	g := Group{By: []string{"env", "policy"}}
	a, text := g.Key(in("cpu", "prod", 0, 0))
	b, _ := g.Key(in("cpu", "prod", time.Hour, 0))
	c, _ := g.Key(in("cpu", "dev", 0, 0))
	if a == "" || a != b || a == c || text != "policy=cpu env=prod" {
		t.Errorf("%q %q %q %q", a, b, c, text)
	}
	if k, _ := (Group{By: []string{"nothing"}}).Key(in("cpu", "prod", 0, 0)); k != "" {
		t.Error("what has nothing in common is grouped")
	}
}
