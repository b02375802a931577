package main

import (
	"fmt"
	"path/filepath"

	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/evaluator/policy"
)

type policyLintCmd struct {
	Paths []string `arg:"" optional:"" name:"file" placeholder:"FILE|DIR" help:"Files, folders of .yaml and .yml files, or - for standard input; default deploy/policies."`
}

// Help explains the command.
func (policyLintCmd) Help() string {
	return `Lists every fault as file:line:column, in all files, and exits 1 when there is
one. Needs no server.

Examples:
  parley policy lint
  parley policy lint policies/ extra.yaml
  parley policy lint --json | jq -r '.problems[].text'`
}

// Run lists what is wrong.
func (c *policyLintCmd) Run(s *screen.Screen) error {
	if len(c.Paths) == 0 {
		c.Paths = []string{filepath.Join("deploy", "policies")}
	}
	files, err := readYAML(c.Paths, s.In)
	if err != nil {
		return err
	}
	good, faults := parsePolicies(files)
	return showLint(s, lintResult{len(files), len(good), faults}, "policy", "policies")
}

// parsePolicies returns the policies of all files, and every fault: also names
// that two files have.
func parsePolicies(files []source) (good []policy.Policy, faults []fault) {
	faults = []fault{}
	first := map[string]string{}
	for _, f := range files {
		parsed := policy.Parse(f.name, f.content)
		for _, p := range parsed.Problems {
			faults = append(faults, fault{p.File, p.Line, p.Column, p.Policy, p.Text})
		}
		for _, p := range parsed.Policies {
			if other, twice := first[p.Name]; twice {
				faults = append(faults, fault{f.name, p.Line, 1, p.Name, fmt.Sprintf("a policy named %s is in %s already", p.Name, other)})
				continue
			}
			first[p.Name] = f.name
			good = append(good, p)
		}
	}
	return good, faults
}
