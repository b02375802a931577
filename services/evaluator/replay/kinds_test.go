package replay

import (
	"os"
	"slices"
	"testing"
)

// Every kind of condition has a case that fires and one that is quiet, with the
// times to the second.
func TestOutcomesOfEachKind(t *testing.T) {
	t.Parallel()
	const name = "testdata/kinds/tests/kinds.yaml"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f := ParseFile(name, data)
	policies, problems := f.Load()
	for _, p := range slices.Concat(f.Problems, problems) {
		t.Error(p)
	}
	fires, quiet := map[string]bool{}, map[string]bool{}
	for i, r := range f.Run(policies) {
		for _, d := range r.Differences {
			t.Errorf("%s:%d: %s: %s", r.File, r.Line, r.Test, d)
		}
		for k := range policies {
			p := &policies[k]
			opened := slices.ContainsFunc(r.Incidents, func(in Incident) bool { return in.Policy == p.Name })
			fires[p.Name] = fires[p.Name] || opened
			quiet[p.Name] = quiet[p.Name] || !opened && measured(p, f.Tests[i].Series)
		}
	}
	for _, p := range policies {
		if !fires[p.Name] || !quiet[p.Name] {
			t.Errorf("%s: fires in a test %v, is quiet in one %v", p.Name, fires[p.Name], quiet[p.Name])
		}
	}
}
