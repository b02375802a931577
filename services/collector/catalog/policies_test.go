package catalog

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

const policies = "../../../deploy/policies/aws"

// Metrics of AWS that other parts make: what is wasted, alarms, and events.
var elsewhere = []string{"aws.waste.", "aws.alarm.", "aws.ec2.state"}

// Every metric that a shipped policy names is in the catalog, and the tests of
// the policies give it the unit in which it comes.
func TestShippedPoliciesNameMetricsThatExist(t *testing.T) {
	t.Parallel()
	named, services := 0, map[string]bool{}
	err := filepath.WalkDir(policies, func(path string, e fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yaml" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var doc any
		if err := yaml.Unmarshal(data, &doc); err != nil {
			return err
		}
		isTest := filepath.Base(filepath.Dir(path)) == "tests"
		each(doc, func(key string, value any) {
			if isTest && key == "units" {
				for metric, u := range value.(map[string]any) {
					if want, ok := unitOf(metric); ok && want != u {
						t.Errorf("%s: %s comes in %s, not %v", path, metric, want, u)
					}
				}
			}
			metric, ok := value.(string)
			if isTest || key != "metric" || !ok || slices.ContainsFunc(elsewhere, func(p string) bool { return strings.HasPrefix(metric, p) }) {
				return
			}
			named++
			if _, ok := unitOf(metric); !ok {
				t.Errorf("%s: the catalog has no %s", path, metric)
			}
			services[strings.Split(metric, ".")[1]] = true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range Services() {
		if !services[s.Name] {
			t.Errorf("no policy is about %s", s.Name)
		}
	}
	if named < 70 {
		t.Errorf("only %d conditions", named)
	}
}

func unitOf(metric string) (string, bool) {
	if m, ok := Find(metric); ok {
		return m.Unit, true
	}
	d, ok := Default().Derived(metric)
	if !ok {
		return "", false
	}
	return d.Unit, true
}

// each calls do for every key in a document.
func each(node any, do func(key string, value any)) {
	switch x := node.(type) {
	case map[string]any:
		for k, v := range x {
			do(k, v)
			each(v, do)
		}
	case []any:
		for _, v := range x {
			each(v, do)
		}
	}
}
