package explain

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
	"github.com/parley-ops/parley/services/internal/bus/bustest"
	"github.com/parley-ops/parley/services/internal/label"
)

func TestMain(m *testing.M) { bustest.Main(m) }

func on(host string) *eventv1.SeriesRef {
	return &eventv1.SeriesRef{Id: 1, Name: "m", Labels: []*eventv1.Label{{Name: "host", Value: host}, {Name: "team", Value: "demo"}}}
}

// series is a value of so long ago.
func series(value float64, holds bool, ago time.Duration) *eventv1.ExplainedSeries {
	at := timestamppb.New(time.Now().Add(-ago))
	s := &eventv1.ExplainedSeries{Series: on("a"), Unit: "ms", Value: value, ValueAt: at, SeenAt: at, SilentAfter: durationpb.New(5 * time.Minute),
		Holds: holds, Threshold: 800, HasThreshold: true}
	if holds {
		s.Since = at
	}
	return s
}

func cond(metric string, list ...*eventv1.ExplainedSeries) *eventv1.ExplainedCondition {
	return &eventv1.ExplainedCondition{Metric: metric, Text: "above 800", InScope: uint32(len(list)), Series: list}
}

func TestTheReason(t *testing.T) {
	t.Parallel()
	opened := timestamppb.New(time.Now().Add(-time.Hour))
	incident := func(s eventv1.IncidentState) []*eventv1.IncidentChanged {
		return []*eventv1.IncidentChanged{{Id: "3f9a27c1aaaa", State: s, BeganAt: opened, OpenedAt: opened}}
	}
	f := func(e *eventv1.Explanation, why Reason, words string) {
		t.Helper()
		n := &Not{Policy: "slow", Matchers: "host=a"}
		n.take(e, time.Now())
		n.judge(e, time.Now())
		if n.Why != why || !strings.Contains(n.Answer, words) {
			t.Errorf("%s: %q, want %s and %q in it", n.Why, n.Answer, why, words)
		}
		for _, r := range n.Rows(time.Now(), func(t time.Time) string { return t.String() }) {
			if strings.Contains(r.Text, "%!") {
				t.Errorf("row: %q", r)
			}
		}
	}
	yes := func(e *eventv1.Explanation) *eventv1.Explanation { e.Known, e.Enabled = true, true; return e }
	f(&eventv1.Explanation{}, NotInForce, "not in force yet")
	f(&eventv1.Explanation{Known: true}, Disabled, "disabled")
	f(yes(&eventv1.Explanation{Incidents: incident(eventv1.IncidentState_INCIDENT_STATE_OPEN)}), IsOpen, "3f9a27c1 is open for 1 h")
	f(yes(&eventv1.Explanation{Incidents: incident(eventv1.IncidentState_INCIDENT_STATE_PENDING)}), IsPending, "has held for 1 h")
	f(yes(&eventv1.Explanation{Dismissed: []*eventv1.ExplainedGroup{{}}}), IsDismissed, "by hand")
	f(yes(&eventv1.Explanation{Conditions: []*eventv1.ExplainedCondition{{Metric: "m", OutOfScope: 1, Outsider: on("b"), KeptOutBy: "host=a"}}}), OutOfScope, "wants host=a, and m is {host=b}")
	f(yes(&eventv1.Explanation{Conditions: []*eventv1.ExplainedCondition{cond("m")}}), NoData, "no data on host=a of what it looks at: m")
	f(yes(&eventv1.Explanation{Conditions: []*eventv1.ExplainedCondition{cond("m", series(120, false, time.Second))}}), NotHolding, "m is 120 ms, not above 800")
	f(yes(&eventv1.Explanation{Conditions: []*eventv1.ExplainedCondition{cond("m", series(120, false, 10*time.Minute))}}), NoData, "10 min old")
	f(yes(&eventv1.Explanation{Conditions: []*eventv1.ExplainedCondition{cond("m", series(900, true, 0)), cond("n", series(1, false, 0))}, Combination: "all"}), NotHolding, "n is 1 ms")
	f(yes(&eventv1.Explanation{Conditions: []*eventv1.ExplainedCondition{cond("m", series(900, true, 0)), cond("n", series(900, true, 0))}, By: []string{"service"}}), NotTogether, "one group of service")
	f(yes(&eventv1.Explanation{Conditions: []*eventv1.ExplainedCondition{cond("m", series(900, true, 0)), cond("n")}}), NoData, "of n")
	lacking := series(900, false, 0)
	lacking.Lacks = "q"
	f(yes(&eventv1.Explanation{Conditions: []*eventv1.ExplainedCondition{cond("m", lacking)}}), NotHolding, "q has no value")
}

func TestWhyNotThroughTheBus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := bustest.New(t)
		evaluator, operator := b.Conn("evaluator"), b.Conn("operator")
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, bus.Partitions)
		for p := range bus.Partition(bus.Partitions) {
			go func() {
				done <- bus.ServeQueries(ctx, evaluator, p, func(_ context.Context, q *eventv1.Query) *eventv1.QueryAnswer {
					if q.GetExplain() == nil {
						return &eventv1.QueryAnswer{}
					}
					e := &eventv1.Explanation{Known: true, Enabled: true, Severity: eventv1.Severity_SEVERITY_WARNING, Conditions: []*eventv1.ExplainedCondition{cond("m")}}
					ms, _ := label.MatchersFromProto(q.GetExplain().GetMatchers())
					if p == 3 && ms.Match(label.FromProto(on("a").GetLabels())) {
						e.Conditions[0] = cond("m", series(120, false, time.Second))
					}
					return &eventv1.QueryAnswer{Explanation: e}
				})
			}()
		}
		if _, err := bus.Policies.Put(t.Context(), operator, "slow", &eventv1.PolicyDocument{Name: "slow"}); err != nil {
			t.Fatal(err)
		}
		s := &eventv1.Silence{Id: "s1", Policy: "slow", StartsAt: timestamppb.Now(), EndsAt: timestamppb.New(time.Now().Add(time.Hour))}
		if _, err := bus.Silences.Put(t.Context(), b.Conn("notifier"), "s1", s); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		f := func(q Question, why Reason, words string) *Not {
			t.Helper()
			n, err := WhyNot(t.Context(), operator, q)
			if err != nil {
				t.Fatal(err)
			}
			if n.Why != why || !strings.Contains(n.Answer, words) {
				t.Errorf("%s: %q, want %s and %q in it", n.Why, n.Answer, why, words)
			}
			return n
		}
		n := f(Question{Policy: "slow"}, NotHolding, "not above 800")
		if len(n.Silences) != 1 || n.Silences[0].ID != "s1" || n.Conditions[0].InScope != 1 {
			t.Errorf("%+v", n)
		}
		f(Question{Policy: "slow", Resource: "A"}, NotHolding, "on host=a")
		f(Question{Policy: "slow", Resource: "zzz"}, NoResource, "zzz")
		f(Question{Policy: "sloow"}, NoPolicy, `Did you mean "slow"?`)
		cancel()
		for range bus.Partitions {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := WhyNot(ctx, operator, Question{Policy: "slow"}); err == nil || !strings.Contains(err.Error(), "no evaluator answers") {
			t.Errorf("without evaluators: %v", err)
		}
	})
}
