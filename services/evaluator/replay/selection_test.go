package replay

import (
	"slices"
	"testing"

	"github.com/parley-ops/parley/services/evaluator/policy"
)

// TestASelectionGivesTheSameIncidents as the whole log, of each policy alone, and
// leaves out what it does not look at.
func TestASelectionGivesTheSameIncidents(t *testing.T) {
	t.Parallel()
	var entries []Entry
	if err := CSV(t.Context(), []string{csvOf(t, false)}, func(e Entry) error { entries = append(entries, e); return nil }); err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, p := range rulesOf(t, logRules+`  - name: elsewhere
    when: {metric: disk, above: 90}
  - name: told
    when: {metric: disk, above: 90}
    summary: "cpu was {{ values.cpu or value }}"
`) {
		whole, part := NewLog([]policy.Policy{p}, nil), NewLog([]policy.Policy{p}, nil)
		wanted, picked := Only(p), 0
		for _, e := range entries {
			if err := whole.Apply(e.Partition, e.Stored, e.Event); err != nil {
				t.Fatal(err)
			}
			if one := wanted.Pick(e.Event); one != nil {
				picked += len(one.GetSamples().GetValue())
				if err := part.Apply(e.Partition, e.Stored, one); err != nil {
					t.Fatal(err)
				}
			}
		}
		end := entries[len(entries)-1].Stored
		a, err := whole.End(end)
		if err != nil {
			t.Fatal(err)
		}
		b, err := part.End(end)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(a, b, func(x, y Incident) bool {
			return x.Summary == y.Summary && x.Opened.Equal(y.Opened) && x.Resolved.Equal(y.Resolved) && x.Labels.String() == y.Labels.String()
		}) {
			t.Errorf("%s: %d incidents of all, %d of a part", p.Name, len(a), len(b))
		}
		found += len(a)
		if (picked == 0) != (p.Name == "elsewhere") {
			t.Errorf("%s: %d samples picked", p.Name, picked)
		}
	}
	if found == 0 {
		t.Error("no incident at all")
	}
}
