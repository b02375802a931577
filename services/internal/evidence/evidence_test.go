package evidence_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"
	"pgregory.net/rapid"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/evidence"
)

var now = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)

func on(host string) []*eventv1.Label { return []*eventv1.Label{{Name: "host", Value: host}} }

// ended returns n incidents of a host that ended one way, a day apart, the last
// yesterday.
func ended(n int, host string, o eventv1.Outcome) (out []*eventv1.EndedIncident) {
	for i := range n {
		at := now.Add(-time.Duration(n-i) * 24 * time.Hour)
		out = append(out, &eventv1.EndedIncident{Id: fmt.Sprint(host, o, i), Labels: on(host), OpenedAt: timestamppb.New(at), ResolvedAt: timestamppb.New(at.Add(time.Hour)), Outcome: o})
	}
	return out
}

func incident(host string, s eventv1.Severity) *eventv1.IncidentChanged {
	return &eventv1.IncidentChanged{Id: "now-" + host, Policy: "cpu-high", Labels: on(host), Severity: s, OpenedAt: timestamppb.New(now), BeganAt: timestamppb.New(now)}
}

func TestImportance(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ended    []*eventv1.EndedIncident
		severity eventv1.Severity
		level    evidence.Level
		words    string
	}{
		"nothing ended":   {nil, eventv1.Severity_SEVERITY_CRITICAL, evidence.Unknown, ""},
		"too few":         {ended(4, "a", eventv1.Outcome_OUTCOME_NOISE), eventv1.Severity_SEVERITY_WARNING, evidence.Unknown, ""},
		"acted on":        {slices.Concat(ended(9, "a", eventv1.Outcome_OUTCOME_ACTED), ended(1, "a", eventv1.Outcome_OUTCOME_IGNORED)), eventv1.Severity_SEVERITY_WARNING, evidence.High, "high: of the last 10 here 9 were acted on, 1 went away unheeded"},
		"all noise":       {ended(12, "a", eventv1.Outcome_OUTCOME_NOISE), eventv1.Severity_SEVERITY_WARNING, evidence.Low, "low: the last 12 here all were called noise"},
		"unheeded":        {ended(30, "a", eventv1.Outcome_OUTCOME_IGNORED), eventv1.Severity_SEVERITY_CRITICAL, evidence.Low, "low: the last 30 here all went away unheeded"},
		"elsewhere":       {slices.Concat(ended(9, "b", eventv1.Outcome_OUTCOME_ACTED), ended(1, "a", eventv1.Outcome_OUTCOME_NOISE)), eventv1.Severity_SEVERITY_WARNING, evidence.High, "high: of the last 10 of this policy 9 were acted on, 1 was called noise"},
		"only here noisy": {slices.Concat(ended(30, "b", eventv1.Outcome_OUTCOME_ACTED), ended(8, "a", eventv1.Outcome_OUTCOME_NOISE)), eventv1.Severity_SEVERITY_WARNING, evidence.Low, "low: the last 8 here all were called noise"},
		"not told":        {ended(8, "a", eventv1.Outcome_OUTCOME_UNSPECIFIED), eventv1.Severity_SEVERITY_INFO, evidence.Unknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e, _ := evidence.Add(nil, c.ended...)
			got := evidence.Of(e, incident("a", c.severity), now)
			if got.Level != c.level || got.Words() != c.words {
				t.Errorf("%v (%.2f) %q, want %v %q", got.Level, got.Score, got.Words(), c.level, c.words)
			}
		})
	}
}

func TestOldEvidenceFades(t *testing.T) {
	t.Parallel()
	e, _ := evidence.Add(nil, slices.Concat(ended(20, "a", eventv1.Outcome_OUTCOME_NOISE))...)
	soon, late := evidence.Of(e, incident("a", eventv1.Severity_SEVERITY_WARNING), now), evidence.Of(e, incident("a", eventv1.Severity_SEVERITY_WARNING), now.Add(120*24*time.Hour))
	if soon.Level != evidence.Low || late.Score < 2*soon.Score || late.Score > 0.5 {
		t.Errorf("now %.2f, in 120 days %.2f", soon.Score, late.Score)
	}
}

func TestMostImportantFirst(t *testing.T) {
	t.Parallel()
	noisy, _ := evidence.Add(nil, ended(20, "a", eventv1.Outcome_OUTCOME_NOISE)...)
	a, b, c := incident("a", eventv1.Severity_SEVERITY_CRITICAL), incident("b", eventv1.Severity_SEVERITY_WARNING), incident("c", eventv1.Severity_SEVERITY_CRITICAL)
	b.Policy, c.Policy = "disk-full", "disk-full"
	list := []*eventv1.IncidentChanged{a, b, c}
	evidence.Sort(list, func(policy string) *eventv1.Evidence {
		if policy == "cpu-high" {
			return noisy
		}
		return nil
	}, now)
	if list[0] != c || list[1] != b || list[2] != a {
		t.Errorf("order: %v", list)
	}
}

// TestAdd: whatever is added in whatever order and pieces, the newest Most are
// there, each as it was said last.
func TestAdd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var e *eventv1.Evidence
		last := map[string]eventv1.Outcome{}
		n := rapid.IntRange(1, evidence.Most+40).Draw(t, "incidents")
		for _, i := range rapid.SliceOfN(rapid.IntRange(0, n-1), 1, 400).Draw(t, "order") {
			id := fmt.Sprintf("%04d", i)
			o := eventv1.Outcome(rapid.IntRange(1, 5).Draw(t, "outcome"))
			in := &eventv1.EndedIncident{Id: id, OpenedAt: timestamppb.New(now.Add(time.Duration(i) * time.Minute)), Outcome: o}
			old := len(e.GetIncidents()) == evidence.Most && in.GetOpenedAt().AsTime().Before(e.GetIncidents()[0].GetOpenedAt().AsTime())
			was, known := last[id]
			next, changed := evidence.Add(e, in)
			if known && was == o && changed && !old && slices.ContainsFunc(e.GetIncidents(), func(x *eventv1.EndedIncident) bool { return x.GetId() == id }) {
				t.Fatalf("%s said twice changes it", id)
			}
			if old && changed {
				t.Fatalf("%s is too old, and changes it", id)
			}
			e, last[id] = next, o
		}
		if len(e.GetIncidents()) > evidence.Most {
			t.Fatalf("%d incidents", len(e.GetIncidents()))
		}
		if !slices.IsSortedFunc(e.GetIncidents(), func(a, b *eventv1.EndedIncident) int { return strings.Compare(a.GetId(), b.GetId()) }) {
			t.Fatal("not in order")
		}
		for _, in := range e.GetIncidents() {
			if in.GetOutcome() != last[in.GetId()] {
				t.Fatalf("%s is %v, said last %v", in.GetId(), in.GetOutcome(), last[in.GetId()])
			}
		}
	})
}

// BenchmarkSort: a storm of 10,000 open incidents, of a policy with a full evidence.
func BenchmarkSort(b *testing.B) {
	e, _ := evidence.Add(nil, ended(evidence.Most, "a", eventv1.Outcome_OUTCOME_IGNORED)...)
	var list []*eventv1.IncidentChanged
	for i := range 10_000 {
		list = append(list, incident(fmt.Sprint("h", i), eventv1.Severity_SEVERITY_WARNING))
	}
	for b.Loop() {
		evidence.Sort(list, func(string) *eventv1.Evidence { return e }, now)
	}
}
