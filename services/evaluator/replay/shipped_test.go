package replay

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/evaluator/policy"
)

const shippedDir = "../../../deploy/policies"

// shipped returns every policy under deploy/policies, by its file.
func shipped(t *testing.T) map[string][]policy.Policy {
	t.Helper()
	out := map[string][]policy.Policy{}
	err := filepath.WalkDir(shippedDir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && path != shippedDir && policy.SkipFolder(e.Name()) {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".yaml" {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f := policy.Parse(path, data)
		for _, p := range f.Problems {
			t.Error(p)
		}
		out[path] = f.Policies
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Every policy that is shipped opens an incident in a test that wants it, and
// none in a test that has all its metrics; and all these tests pass.
func TestShippedPoliciesFireAndAreQuiet(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	fires, quiet := map[string]bool{}, map[string]bool{}
	files, err := Find(shippedDir)
	if err != nil {
		t.Fatal(err)
	}
	tests := 0
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f := ParseFile(name, data)
		policies, problems := f.Load()
		for _, p := range slices.Concat(f.Problems, problems) {
			t.Error(p)
		}
		for i, r := range f.Run(policies) {
			tests++
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
	}
	count := 0
	for file, policies := range shipped(t) {
		for _, p := range policies {
			count++
			if !fires[p.Name] {
				t.Errorf("%s: nothing in the tests makes %s fire", file, p.Name)
			}
			if !quiet[p.Name] {
				t.Errorf("%s: no test has the metrics of %s and wants it quiet", file, p.Name)
			}
		}
	}
	t.Logf("%d policies, %d tests in %s", count, tests, time.Since(begin).Round(time.Millisecond))
}

// measured reports whether there is a series for every condition that passes
// the policy's scope.
func measured(p *policy.Policy, series []Series) bool {
	for _, c := range p.Conditions {
		if !slices.ContainsFunc(series, func(s Series) bool { return s.Name == c.Metric && p.Scope.Match(s.Labels) }) {
			return false
		}
	}
	return true
}

var row = regexp.MustCompile("^\\| <a id=\"([^\"]+)\"></a>`([^`]+)` \\| (info|warning|critical) \\| (.+) \\| (.+) \\|$")

// The README beside the policies of AWS has a row for each, which says what the
// policy says, and each policy's runbook leads to its row.
func TestTheREADMEIsTheFiles(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile(filepath.Join(shippedDir, "aws", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(readme)) {
		if m := row.FindStringSubmatch(strings.TrimSpace(line)); m != nil {
			if rows[m[1]] != nil || m[1] != m[2] {
				t.Errorf("%s is there twice, or has another's name", m[1])
			}
			rows[m[1]] = m
		}
	}
	n, services := 0, 0
	for file, policies := range shipped(t) {
		if filepath.Base(filepath.Dir(file)) != "aws" {
			continue
		}
		here := false
		for _, p := range policies {
			if p.Description == "" || p.Summary.Text == "" || p.Runbook == "" || len(p.Channels) == 0 || p.Labels.Get("topic") == "" {
				t.Errorf("%s: %s lacks a description, summary, runbook, channel or topic", file, p.Name)
			}
			if !strings.HasSuffix(p.Runbook, "/deploy/policies/aws/README.md#"+p.Name) {
				continue // it is explained elsewhere
			}
			n, here = n+1, true
			m := rows[p.Name]
			delete(rows, p.Name)
			switch severity := severity(p.Severity); {
			case m == nil:
				t.Errorf("%s has no row in the README", p.Name)
			case m[3] != severity || m[4] != p.Description:
				t.Errorf("%s: the README says %s, %q; the policy %s, %q", p.Name, m[3], m[4], severity, p.Description)
			}
		}
		if here {
			services++
		}
	}
	for name := range rows {
		t.Errorf("the README has a row for %s, which is no policy", name)
	}
	m := regexp.MustCompile(`(?m)^(\d+) policies for (\d+) services`).FindStringSubmatch(string(readme))
	if m == nil || m[1] != strconv.Itoa(n) || m[2] != strconv.Itoa(services) {
		t.Errorf("the README begins with %q: there are %d policies for %d services", m, n, services)
	}
	if n < 70 {
		t.Errorf("%d policies", n)
	}
}

var actionName = regexp.MustCompile(`(?m)^  - name: (\S+)$`)

// What a policy offers to do is declared under deploy/actions.
func TestShippedPoliciesOfferActionsThatExist(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(shippedDir, "..", "actions", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no actions, %v", err)
	}
	declared := map[string]bool{}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range actionName.FindAllStringSubmatch(string(data), -1) {
			declared[m[1]] = true
		}
	}
	for file, policies := range shipped(t) {
		for _, p := range policies {
			for _, a := range p.Actions {
				if !declared[a] {
					t.Errorf("%s: %s offers %s, which is declared nowhere", file, p.Name, a)
				}
			}
		}
	}
}

// A runbook in this repository is a heading, or a row, that is there.
func TestShippedRunbooksAreThere(t *testing.T) {
	t.Parallel()
	const here = "https://github.com/parley-ops/parley/blob/main/"
	for file, policies := range shipped(t) {
		for _, p := range policies {
			path, anchor, _ := strings.Cut(strings.TrimPrefix(p.Runbook, here), "#")
			if !strings.HasPrefix(p.Runbook, here) {
				continue
			}
			page, err := os.ReadFile(filepath.Join("../../..", path))
			if err != nil {
				t.Errorf("%s: %s: %v", file, p.Name, err)
				continue
			}
			heading := regexp.MustCompile(`(?m)^#+ ` + regexp.QuoteMeta(anchor) + `\s*$`)
			if !heading.Match(page) && !strings.Contains(string(page), `<a id="`+anchor+`"></a>`) {
				t.Errorf("%s: %s: %s has nothing that is called %s", file, p.Name, path, anchor)
			}
		}
	}
}
