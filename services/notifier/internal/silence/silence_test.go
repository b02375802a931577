package silence

import (
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
)

func TestMutes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	make1 := func(id string, from, to time.Duration, do func(*eventv1.Silence)) *eventv1.Silence {
		s := &eventv1.Silence{Id: id, StartsAt: timestamppb.New(now.Add(from)), EndsAt: timestamppb.New(now.Add(to))}
		do(s)
		return s
	}
	match := func(op eventv1.Matcher_Op, name, v string) func(*eventv1.Silence) {
		return func(s *eventv1.Silence) {
			s.Matchers = append(s.Matchers, &eventv1.Matcher{Label: name, Op: op, Value: v})
		}
	}
	set, err := NewSet([]*eventv1.Silence{
		make1("short", -time.Hour, time.Hour, match(eventv1.Matcher_OP_EQUAL, "service", "shop")),
		make1("long", -time.Hour, 2*time.Hour, match(eventv1.Matcher_OP_REGEXP, "service", "sh.*")),
		make1("later", time.Hour, 3*time.Hour, match(eventv1.Matcher_OP_EQUAL, "service", "cart")),
		make1("policy", -time.Hour, time.Hour, func(s *eventv1.Silence) { s.Policy = "disk" }),
		make1("one", -time.Hour, time.Hour, func(s *eventv1.Silence) { s.IncidentId = "i7" }),
		make1("severity", -time.Hour, time.Hour, match(eventv1.Matcher_OP_EQUAL, "severity", "info")),
		make1("nothing", -time.Hour, time.Hour, func(*eventv1.Silence) {}),
		make1("wrong", -time.Hour, time.Hour, match(eventv1.Matcher_OP_REGEXP, "a", "(")),
	})
	if err == nil {
		t.Error("two silences that cannot be are not named")
	}
	f := func(want string, at time.Duration, c *eventv1.IncidentChanged) {
		t.Helper()
		if got := set.Mutes(c, now.Add(at)).GetId(); got != want {
			t.Errorf("%v at %s: %q, want %q", c, at, got, want)
		}
	}
	in := func(service string) *eventv1.IncidentChanged {
		return &eventv1.IncidentChanged{Id: "i1", Policy: "cpu", Severity: eventv1.Severity_SEVERITY_CRITICAL, Labels: []*eventv1.Label{{Name: "service", Value: service}}}
	}
	f("long", 0, in("shop"))
	f("", 2*time.Hour, in("shop"))
	f("", 0, in("cart"))
	f("later", time.Hour, in("cart"))
	f("policy", 0, &eventv1.IncidentChanged{Policy: "disk"})
	f("one", 0, &eventv1.IncidentChanged{Id: "i7"})
	f("severity", 0, &eventv1.IncidentChanged{Severity: eventv1.Severity_SEVERITY_INFO})
	f("", 0, &eventv1.IncidentChanged{})
	if next := set.Next(now); !next.Equal(now.Add(time.Hour)) {
		t.Errorf("next %s", next)
	}
	if n := len(set.Active(now)); n != 5 {
		t.Errorf("%d active", n)
	}
}
