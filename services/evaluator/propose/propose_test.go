package propose_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/evaluator/policy"
	"github.com/parley-ops/parley/services/evaluator/propose"
	"github.com/parley-ops/parley/services/evaluator/replay"
	"github.com/parley-ops/parley/services/internal/evidence"
)

var start = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

// history is minutes of one host's cpu, and of much that no policy looks at.
func history(t *testing.T, values []float64) []replay.Entry {
	t.Helper()
	var b strings.Builder
	b.WriteString("time,metric,host,value\n")
	for m, v := range values {
		at := start.Add(time.Duration(m) * time.Minute).Format(time.RFC3339)
		fmt.Fprintf(&b, "%s,cpu,a,%g\n%s,memory,a,%d\n", at, v, at, m%7)
	}
	name := filepath.Join(t.TempDir(), "cpu.csv")
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	var out []replay.Entry
	if err := replay.CSV(t.Context(), []string{name}, func(e replay.Entry) error { out = append(out, e); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

// incidents are what a policy makes of a history.
func incidents(t *testing.T, p policy.Policy, entries []replay.Entry) []replay.Incident {
	t.Helper()
	l := replay.NewLog([]policy.Policy{p}, nil)
	for _, e := range entries {
		if err := l.Apply(e.Partition, e.Stored, e.Event); err != nil {
			t.Fatal(err)
		}
	}
	out, err := l.End(entries[len(entries)-1].Stored)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// ended says of each incident how it ended for people.
func ended(all []replay.Incident, useful func(n int, in replay.Incident) bool) *eventv1.Evidence {
	var list []*eventv1.EndedIncident
	for n, in := range all {
		o := eventv1.Outcome_OUTCOME_IGNORED
		if useful(n, in) {
			o = eventv1.Outcome_OUTCOME_ACTED
		}
		// Told a little later than it opened, and seen to be over a little later.
		list = append(list, &eventv1.EndedIncident{Id: in.ID, Labels: in.Labels.Proto(), OpenedAt: timestamppb.New(in.Opened), ResolvedAt: timestamppb.New(in.Resolved.Add(time.Second)), Outcome: o})
	}
	e, _ := evidence.Add(nil, list...)
	return e
}

// bursts are values at 40 with, every two hours, n minutes at a value.
func bursts(of ...[2]float64) []float64 {
	var out []float64
	for _, b := range of {
		for m := range 120 {
			v := 40.0
			if m >= 30 && float64(m) < 30+b[1] {
				v = b[0]
			}
			out = append(out, v)
		}
	}
	return out
}

func repeat(n int, b ...[2]float64) (out [][2]float64) {
	for range n {
		out = append(out, b...)
	}
	return out
}

func long(n int, in replay.Incident) bool {
	return in.Resolved.Sub(in.Began) > 20*time.Minute
}

func TestProposals(t *testing.T) {
	t.Parallel()
	const rule = "policies:\n- name: hot\n  when: {metric: cpu, above: 80%%, for: 2m}%s\n"
	for name, c := range map[string]struct {
		rule, values, change, words, yaml string
		bursts                            [][2]float64
		raw                               []float64
		useful                            func(int, replay.Incident) bool
	}{
		"short ones are noise": {bursts: repeat(6, [2]float64{97, 4}, [2]float64{97, 40}, [2]float64{92, 4}),
			useful: long, change: "hold for 5 min instead of 2 min", words: "removes all 12 noise incidents, keeps all 6 useful ones (up to 3 min later)",
			yaml: "for: 5m"},
		"low ones are noise": {rule: " # as the vendor says", bursts: repeat(6, [2]float64{84, 40}, [2]float64{97, 41}, [2]float64{86, 40}),
			useful: func(_ int, in replay.Incident) bool { return in.Value > 90 }, change: "cpu above 88 % instead of 80 %",
			words: "removes all 12 noise incidents, keeps all 6 useful ones", yaml: "above: 88%, for: 2m} # as the vendor says"},
		"it comes back at once": {raw: flaps(4, 6), useful: func(n int, _ replay.Incident) bool { return n%6 == 0 }, change: "recover after 5 min instead of 0 s",
			words: "removes all 20 noise incidents, keeps all 4 useful ones", yaml: "recover: {after: 5m}"},
		"nothing is ever useful": {raw: shifts(8), useful: func(int, replay.Incident) bool { return false }, change: "turn it off",
			words: "removes all 8 noise incidents; there was no useful one", yaml: "enabled: false"},
		"noise looks like the useful": {bursts: repeat(12, [2]float64{95, 40}), useful: func(n int, _ replay.Incident) bool { return n%2 == 0 }},
		"too little noise":            {bursts: repeat(1, [2]float64{97, 4}, [2]float64{97, 4}, [2]float64{97, 40}), useful: long},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := policy.Parse("rules.yaml", fmt.Appendf(nil, rule, c.rule))
			if len(f.Problems) > 0 {
				t.Fatal(f.Problems)
			}
			values := c.raw
			if values == nil {
				values = bursts(c.bursts...)
			}
			entries := history(t, values)
			before := incidents(t, f.Policies[0], entries)
			e := ended(before, c.useful)
			trial := propose.New(f.Policies, func(string) *eventv1.Evidence { return e })
			for _, en := range entries {
				if err := trial.Apply(en.Partition, en.Stored, en.Event); err != nil {
					t.Fatal(err)
				}
			}
			got, err := trial.End()
			if err != nil {
				t.Fatal(err)
			}
			if c.change == "" {
				if len(got) > 0 {
					t.Fatalf("proposed: %+v", got)
				}
				return
			}
			if len(got) != 1 {
				t.Fatalf("%d proposals of %d incidents", len(got), len(before))
			}
			p := got[0]
			if p.Change != c.change || p.Words() != c.words || !strings.Contains(p.YAML, c.yaml) || p.Unproven != 0 {
				t.Errorf("%q: %q\n%s\n%s", p.Change, p.Words(), p.YAML, p.Proof())
			}
			// What it says is so: of the changed policy the useful ones are left.
			changed, problems := policy.ParseOne("hot", p.YAML)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if after := incidents(t, changed, entries); len(after) != len(before)-p.Removed {
				t.Errorf("%d incidents after, %d before, %d removed", len(after), len(before), p.Removed)
			}
		})
	}
}

// flaps are n hours in which the value goes up and down each times, and quiet ones
// between.
func flaps(n, each int) (out []float64) {
	for range n {
		for range each {
			out = append(out, 40, 95, 95, 95, 95, 40)
		}
		for range 120 {
			out = append(out, 40)
		}
	}
	return out
}

// shifts are n times 70 minutes of full load and 100 of none.
func shifts(n int) (out []float64) {
	for m := range n * 170 {
		v := 40.0
		if m%170 >= 100 {
			v = 99.9
		}
		out = append(out, v)
	}
	return append(out, 40)
}

func TestWhatHistoryDoesNotShowIsNotCounted(t *testing.T) {
	t.Parallel()
	f := policy.Parse("rules.yaml", []byte("policies:\n- name: hot\n  when: {metric: cpu, above: 80, for: 2m}\n"))
	entries := history(t, bursts(repeat(4, [2]float64{97, 4}, [2]float64{97, 40})...))
	e := ended(incidents(t, f.Policies[0], entries), long)
	for i := range 3 { // of another host, and of before
		at := start.Add(time.Duration(i) * time.Hour)
		e.Incidents = append(e.Incidents,
			&eventv1.EndedIncident{Id: fmt.Sprint("b", i), Labels: []*eventv1.Label{{Name: "host", Value: "b"}}, OpenedAt: timestamppb.New(at), ResolvedAt: timestamppb.New(at.Add(time.Minute)), Outcome: eventv1.Outcome_OUTCOME_IGNORED},
			&eventv1.EndedIncident{Id: fmt.Sprint("old", i), Labels: []*eventv1.Label{{Name: "host", Value: "a"}}, OpenedAt: timestamppb.New(at.AddDate(0, 0, -9)), ResolvedAt: timestamppb.New(at.AddDate(0, 0, -9)), Outcome: eventv1.Outcome_OUTCOME_IGNORED})
	}
	trial := propose.New(f.Policies, func(string) *eventv1.Evidence { return e })
	for _, en := range entries {
		if err := trial.Apply(en.Partition, en.Stored, en.Event); err != nil {
			t.Fatal(err)
		}
	}
	got, err := trial.End()
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	if p := got[0]; p.Noise != 4 || p.Removed != 4 || p.Useful != 4 || p.Unproven != 3 || !strings.Contains(p.Proof(), "3 incidents of that time not shown again") {
		t.Errorf("%+v %s", p, p.Proof())
	}
}

// TestEveryVariantIsAPolicy: what is tried of any shipped policy reads as a policy,
// and says something else.
func TestEveryVariantIsAPolicy(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../deploy/policies/*.yaml")
	more, _ := filepath.Glob("../../../deploy/policies/aws/*.yaml")
	files = append(files, more...)
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	policies, none := 0, 0
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range policy.Parse(name, text).Policies {
			policies++
			tried := propose.Variants(p)
			if len(tried) < 2 {
				none++ // above 0 for an hour
			}
			for what, v := range tried {
				again, problems := policy.ParseOne(p.Name, v.YAML)
				if len(problems) > 0 || again.Hash == p.Hash || again.Name != p.Name || again.Summary.Text != p.Summary.Text {
					t.Errorf("%s, %s: %v\n%s", p.Name, what, problems, v.YAML)
				}
			}
		}
	}
	if policies < 100 || none > 2 {
		t.Errorf("%d policies, %d with nothing to try", policies, none)
	}
}
